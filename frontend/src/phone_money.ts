// The quota is used up in the middle of a call: until when the call lasts, or that it goes on over the quota.
type Lasting = { ends: string; over: string };

export function showMoney(phone: HTMLElement, words: Record<string, string>, call: Lasting = { ends: "", over: "" }): void {
  const left = call.ends ? Math.ceil((Date.parse(call.ends) - Date.now()) / 1000) : 0;
  const place = phone.querySelector<HTMLElement>(".phone-money");
  if (!place) return;
  place.hidden = !(call.over || (call.ends && left >= 0));
  const time = call.ends ? new Date(call.ends).toLocaleTimeString(document.documentElement.lang, { hour12: false }) : "";
  place.textContent = ((call.over ? words["over"] : words["ends"]) ?? "").replace("{time}", time).replace("{seconds}", String(left));
}
