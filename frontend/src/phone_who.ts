// Who is on the line, through which queue, in which phase, and for how long.
export type Known = { who: string; number: string; phase: string; since: string; answered: string; queue: string; queued: string; others: string[] };

type Shown = { call: Known | undefined; rings: string; watching: { name: string; words: string; since: string } | undefined };

export function showWho(phone: HTMLElement, words: Record<string, string>, shown: Shown): void {
  const { call, rings, watching } = shown;
  const piece = (name: string): HTMLElement => phone.querySelector(name) as HTMLElement;
  piece(".phone-who strong").textContent = watching ? watching.name : call?.who || call?.number || (call ? words["unknown"] ?? "" : "");
  piece(".phone-number").textContent = !watching && call?.who ? call.number : "";
  const phase = words[call?.phase ?? "ringing_agent"] ?? "";
  const asked = call?.phase === "consulting" && call.others.length ? `${call.others.join(", ")} · ` : "";
  piece(".phone-phase").textContent = rings ? words[rings] ?? "" : watching ? watching.words : asked + phase;
  showTimes(phone, words, shown);
}

export function showTimes(phone: HTMLElement, words: Record<string, string>, { call, rings, watching }: Shown): void {
  const [queue, time] = [phone.querySelector(".phone-queue") as HTMLElement, phone.querySelector(".phone-time") as HTMLElement];
  const waited = rings && call?.queued ? (words["waited"] ?? "").replace("{time}", clock(call.queued)) : "";
  queue.hidden = Boolean(watching) || !call?.queue;
  queue.textContent = [call?.queue ?? "", waited].filter(Boolean).join(" · ");
  const since = watching ? watching.since : call?.answered || call?.since;
  time.textContent = since && !waited ? clock(since) : "";
}

function clock(since: string): string {
  const seconds = Math.max(0, Math.floor((Date.now() - Date.parse(since)) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
