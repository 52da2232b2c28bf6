// What scripts ask of the server: a form that is posted, an answer in JSON.
export function headers(): Record<string, string> {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") as Record<string, string>;
}

/** What the server told, or the `problem` in words; an empty one when it could not be reached. */
export async function ask(address: string, what: Record<string, string>, failed: string): Promise<{ told?: Record<string, string>; problem?: string }> {
  try {
    const answer = await fetch(address, { method: "POST", body: new URLSearchParams(what), headers: headers(), credentials: "same-origin", redirect: "error" });
    const told = (answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {}) as Record<string, string>;
    return answer.ok ? { told } : { problem: told["problem"] ?? failed };
  } catch {
    return { problem: "" };
  }
}
