// <chot-phone>: the agent's phone in the page. The exchange tells of the line (SIP), the server of the call (server-sent events).
import { DeskLine, type Told } from "./desk_line";
import { PhoneLine, type Ear, type Line, type LineState } from "./phone_line";
import { onCallAsked } from "./phone_asked";
import { openPanel, showButtons } from "./phone_buttons";
import { freshenDesk, showCard } from "./phone_card";
import { onPhoneKeys } from "./phone_keys";
import { showMoney } from "./phone_money";
import { EarChoice } from "./phone_ear";
import { HandOver } from "./phone_over";
import { OutcomePanel, tellEnded } from "./phone_outcome";
import { Sound, microphoneTrouble } from "./phone_sound";
import { WatchPanel, type Watched } from "./phone_watch";
import { showTimes, showWho, type Known } from "./phone_who";
import { ask, headers } from "./server";
import { startRinging, stopRinging } from "./ringing";
import { holdPhone } from "./tab_lock";

type Call = Known & { id: string; direction: string; rings: boolean; hold: boolean; page: string; outcome: string; card: string; ends: string; over: string };
type Desk = Told & {
  exchange: string; call: Call | null; state: { value: string; label: string; since: string }; wrap: { call: string; url: string; until: string } | null; due: number; watch: Watched | null;
};

const PLACED_MS = 6000;

class Softphone extends HTMLElement {
  private line: Line | undefined;
  private state: LineState | "none" | "elsewhere" | "other_tab" = "connecting"; // until the browser says which tab has the phone
  private desk: Desk | undefined;
  private trouble = "";
  private words: Record<string, string> = {};
  private placed: { id: string; at: number } | undefined;
  private last: { id: string; up: boolean } | undefined;
  private choosing = Promise.resolve();
  private outcome!: OutcomePanel;
  private sound!: Sound;
  private watch!: WatchPanel;
  private over!: HandOver;
  private where!: EarChoice;
  private refusals = 0;
  private later: number | undefined;
  private connecting: Promise<void> | undefined;
  private started = false;

  connectedCallback(): void {
    if (this.started) return;
    this.started = true;
    this.words = JSON.parse(this.querySelector("#phone-words")?.textContent ?? "{}") as Record<string, string>;
    this.outcome = new OutcomePanel(this, this.words, () => this.shut());
    this.sound = new Sound(this, this.words, () => this.line);
    this.over = new HandOver(this, this.words, (wish, what) => {
      this.shut();
      void this.wish(wish, what);
    });
    this.watch = new WatchPanel(this, this.words, (what) => void this.ask(this.dataset["supervise"] ?? "", what));
    this.where = new EarChoice(this, async (used) => Boolean(await this.ask(this.dataset["ear"] ?? "", { ear: used })));
    this.addEventListener("click", (event) => this.clicked(event));
    this.querySelector(".phone-dial")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const field = this.piece<HTMLInputElement>("input[name=number]");
      const purpose = this.piece<HTMLSelectElement>("[name=purpose]").value;
      if (field.value.trim()) void this.dial({ number: field.value, purpose });
    });
    this.piece<HTMLSelectElement>(".phone-state").addEventListener("change", () => this.chooseState());
    document.addEventListener("chot:noted", () => {
      this.outcome.hide();
      freshenDesk(this, 200, 2800); // the second time the call is a fact
    });
    onCallAsked(this, (what) => void this.dial(what));
    onPhoneKeys(this, () => this.line);
    window.setInterval(() => this.tick(), 1000);
    this.listen();
    holdPhone("wait", () => this.begin(), () => this.leave(), () => this.become("other_tab"));
    this.render();
  }

  // ---- the line

  private begin(): void {
    this.refusals = 0;
    void this.connect();
  }

  private leave(): void {
    window.clearTimeout(this.later);
    this.line?.abandon();
    this.line = undefined;
    this.become("other_tab");
  }

  /** One line is made at a time: two would take the phone from each other in the middle of a call. */
  private connect(): Promise<void> {
    this.connecting ??= this.makeLine().finally(() => (this.connecting = undefined));
    return this.connecting;
  }

  private async makeLine(): Promise<void> {
    window.clearTimeout(this.later);
    this.become("connecting");
    const answer = await this.ask(this.dataset["account"] ?? "");
    if (!answer || !answer["exchange"]) {
      this.become("none");
      this.later = window.setTimeout(() => void this.connect(), 5000);
      return;
    }
    if (answer["ear"] === "desk") return this.useDeskPhone();
    if (answer["exchange"] !== this.dataset["exchange"]) {
      // the page's policy names the exchange as it was when the page was made
      if (sessionStorage.getItem("chot-exchange") === answer["exchange"]) return this.become("none");
      sessionStorage.setItem("chot-exchange", answer["exchange"]);
      return location.reload();
    }
    sessionStorage.removeItem("chot-exchange");
    const trouble = await microphoneTrouble();
    if (trouble) this.say(trouble.word, trouble.button);
    if (this.dataset["state"] === "other_tab") return; // taken over meanwhile
    const line = new PhoneLine({ name: answer["name"] ?? "", password: answer["password"] ?? "", exchange: answer["exchange"] }, this.ear);
    line.microphone = this.sound.begin();
    this.line = line;
    line.start();
  }

  private readonly ear: Ear = {
    state: (state, code) => this.lineIs(state, code),
    call: () => this.callIs(),
    voice: (stream) => (this.piece<HTMLAudioElement>(".phone-voice").srcObject = stream),
    media: (reason) => this.say(reason === "NotFoundError" ? "no_device" : "no_mic", "again"),
  };

  private useDeskPhone(): void {
    const line = new DeskLine(this.ear, (name, more) => {
      if (name === "stop") void this.ask(this.dataset["supervise"] ?? "", { agent_id: this.desk?.watch?.agent ?? "", mode: name });
      else void this.wish(name, more);
    });
    this.line = line;
    if (this.desk) line.follow(this.desk);
  }

  /** Where the agent is called was changed, here or by an administrator. */
  private follow(desk: Desk): void {
    const line = this.line;
    if (line && line.desk !== (desk.ear?.used === "desk") && !line.leg) {
      line.abandon();
      this.line = undefined;
      void this.connect();
    } else if (line instanceof DeskLine) line.follow(desk);
  }

  private lineIs(state: LineState, code: number): void {
    if (this.state === "other_tab") return;
    this.become(state);
    if (state === "online") {
      this.refusals = 0;
      this.clear();
    } else if (state === "refused" && (code === 401 || code === 403)) {
      // the exchange learns of a new password a moment after the page; another sign-in has made a newer one
      this.refusals += 1;
      window.clearTimeout(this.later);
      if (this.refusals > 8) this.become("elsewhere");
      else this.later = window.setTimeout(() => this.line?.register(), 400);
    }
  }

  private become(state: Softphone["state"]): void {
    this.state = state;
    this.dataset["state"] = state;
    if (state === "other_tab" || state === "elsewhere") this.say(state, "take_over");
    else if (["other_tab", "elsewhere", "no_exchange", "unreachable"].includes(this.trouble)) this.clear();
    this.render();
  }

  // ---- calls

  private async dial(what: Record<string, string>): Promise<void> {
    const answer = await this.ask(this.dataset["dial"] ?? "", { ...what, key: crypto.randomUUID() });
    if (!answer?.["call"]) return;
    this.placed = { id: answer["call"], at: performance.now() };
    this.clear();
    this.render();
  }

  private callIs(): void {
    const leg = this.line?.leg;
    if (leg && this.placed?.id === leg.id) this.placed = undefined;
    if (leg) this.last = { id: leg.id, up: !this.watching && (leg.up || this.last?.id === leg.id && this.last.up) };
    if (this.rings === "coming") startRinging();
    else stopRinging();
    this.sound.measure(leg?.up ? leg.connection : undefined);
    if (!leg) {
      this.hushed();
      this.shut();
    }
    document.dispatchEvent(new CustomEvent("chot:call", { detail: { id: leg?.id ?? "", up: leg?.up ?? false } }));
    this.render();
  }

  private hushed(): void {
    const last = this.last;
    this.last = undefined;
    if (!last?.up) return;
    tellEnded(`${this.dataset["dial"] ?? ""}/${encodeURIComponent(last.id)}/ended`, headers);
    freshenDesk(this, 1500, 4000);
  }

  /** One after the other: the last choice is the one that holds. */
  private chooseState(): void {
    const state = this.piece<HTMLSelectElement>(".phone-state").value;
    this.choosing = this.choosing.then(async () => {
      await this.ask(this.dataset["stateOf"] ?? "", { state });
      this.render();
    });
  }

  /** Whether the line is beside a colleague's call, and not in a call of the own. */
  private get watching(): boolean {
    return Boolean(this.line?.leg?.watch) && this.desk?.call?.id !== this.line?.leg?.id;
  }

  private get call(): Call | undefined {
    const call = this.desk?.call ?? undefined;
    const leg = this.line?.leg;
    return call && (!leg || leg.id === call.id) ? call : undefined;
  }

  /** The word for a phone that rings and wants to be answered; empty while none does. */
  private get rings(): string {
    const leg = this.line?.leg;
    return !leg || leg.up || leg.atOnce ? "" : this.line?.desk ? "lift" : "coming";
  }

  private async wish(name: string, more: Record<string, string> = {}): Promise<void> {
    const id = this.line?.leg?.id ?? this.call?.id;
    if (id) await this.ask(`${this.dataset["dial"] ?? ""}/${encodeURIComponent(id)}/${name}`, more);
  }

  private hangUp(): void {
    if (this.line?.leg) this.line.hangUp();
    else void this.wish("hang_up");
  }

  private press(key: string): void {
    if (this.line?.leg?.up) this.line.press(key);
    else {
      const field = this.piece<HTMLInputElement>("input[name=number]");
      field.value += key;
      field.dispatchEvent(new Event("input"));
    }
  }

  // ---- what the person does

  private clicked(event: MouseEvent): void {
    const button = (event.target as HTMLElement).closest<HTMLButtonElement>("button");
    const key = button?.dataset["key"];
    if (key) return this.press(key);
    switch (button?.dataset["do"]) {
      case "answer": return void this.line?.answer();
      case "hang_up": return this.hangUp();
      case "hold": return void this.wish(this.call?.hold ? "resume" : "hold");
      case "mute": return this.toggleMute();
      case "keys": return void openPanel(this, "keys");
      case "devices": return void this.devices();
      case "hand_over": return void this.handOver();
      case "complete": case "confer": case "cancel": return void this.wish(button.dataset["do"]);
      case "note": return this.outcome.toggle(this.desk?.call?.outcome ?? this.desk?.wrap?.url ?? "");
      case "again": return void this.again();
      case "allow": return void this.allow();
      case "take_over": return holdPhone("steal", () => this.begin(), () => this.leave(), () => undefined);
    }
  }

  private async again(): Promise<void> {
    this.clear();
    await this.allow();
    if (this.line?.leg && !this.line.leg.up) void this.line.answer();
  }

  private async allow(): Promise<void> {
    const trouble = await this.sound.allow();
    if (trouble) this.say(trouble, "again");
    else this.clear();
  }

  private async handOver(): Promise<void> {
    if (openPanel(this, "hand_over")) await this.over.open();
  }

  private async devices(): Promise<void> {
    if (openPanel(this, "devices")) await this.sound.show();
  }

  private toggleMute(): void {
    this.line?.mute(!this.line.muted);
    this.render();
  }

  // ---- the server

  private listen(): void {
    const source = new EventSource(this.dataset["stream"] ?? "");
    source.addEventListener("desk", (event) => {
      this.desk = JSON.parse((event as MessageEvent<string>).data) as Desk;
      this.follow(this.desk);
      if (this.trouble === "web_lost") this.clear();
      document.dispatchEvent(new CustomEvent("chot:desk", { detail: this.desk }));
      if (this.desk.exchange && this.state === "none") void this.connect();
      this.render();
    });
    source.addEventListener("over", () => {
      source.close();
      location.reload();
    });
    source.addEventListener("error", () => {
      this.say("web_lost");
      if (source.readyState === EventSource.CLOSED) window.setTimeout(() => this.listen(), 3000);
    });
  }

  private async ask(address: string, what: Record<string, string> = {}): Promise<Record<string, string> | undefined> {
    const { told, problem } = await ask(address, what, this.words["failed"] ?? "");
    if (problem !== undefined) this.say(problem ? "" : "web_lost", "", problem || undefined);
    return told;
  }

  // ---- what is seen

  private render(): void {
    const leg = this.line?.leg;
    const call = this.call;
    const busy = Boolean(leg ?? call ?? this.placed);
    this.dataset["busy"] = String(busy);
    this.piece(".phone-call").hidden = !busy;
    this.piece(".phone-idle").hidden = busy;
    const rings = Boolean(this.rings);
    this.dataset["rings"] = String(rings);
    this.dataset["at"] = this.line?.desk ? "desk" : "browser";
    this.where.show(this.desk?.ear ?? undefined, busy);
    const watching = this.watching;
    this.watch.show(watching ? this.desk?.watch ?? undefined : undefined, watching);
    showWho(this, this.words, this.shown);
    this.dataset["phase"] = rings ? "coming" : watching ? "watching" : busy ? call?.phase ?? "ringing_agent" : "";
    showButtons(this, { rings, up: Boolean(leg?.up), watching, phase: call?.phase ?? "", answered: Boolean(call?.answered), desk: Boolean(this.line?.desk) });
    const talks = Boolean(call && ["talking", "held", "consulting"].includes(call.phase));
    this.pressed("hold", Boolean(call?.hold), call?.hold ? "resume" : "hold").disabled = !talks;
    this.piece<HTMLButtonElement>('[data-do="hand_over"]').disabled = !talks;
    this.pressed("mute", this.line?.muted ?? false, this.line?.muted ? "unmute" : "mute");
    this.piece<HTMLButtonElement>(".phone-dial button").disabled = this.state !== "online";
    const list = this.piece<HTMLSelectElement>(".phone-state");
    if (this.desk && document.activeElement !== list) list.value = this.desk.state.value;
    const mine = document.querySelector("[data-my-state]");
    if (mine && this.desk) mine.textContent = this.desk.state.label;
    const due = this.piece(".phone-due");
    due.hidden = !this.desk?.due;
    due.textContent = (this.words["due"] ?? "").replace("{number}", String(this.desk?.due ?? 0));
    this.outcome.wrap(this.desk?.wrap ?? undefined, busy);
    showCard(this, call);
    const status = this.state === "none" ? "no_exchange" : this.state === "elsewhere" || this.state === "other_tab" ? "" : this.state;
    this.piece(".phone-status").textContent = this.words[this.line?.desk ? `desk_${status}` : status] ?? "";
    this.tick();
  }

  private get shown(): Parameters<typeof showWho>[2] {
    const watching = this.watching ? { name: this.desk?.watch?.name ?? "", words: this.watch.words, since: this.desk?.watch?.since ?? "" } : undefined;
    return { call: this.call, rings: this.rings, watching };
  }

  private pressed(name: string, on: boolean, word: string): HTMLButtonElement {
    const button = this.piece<HTMLButtonElement>(`.phone-call [data-do="${name}"]`);
    button.setAttribute("aria-pressed", String(on));
    button.textContent = this.words[word] ?? "";
    return button;
  }

  private tick(): void {
    showTimes(this, this.words, this.shown);
    this.outcome.tick();
    showMoney(this, this.words, this.call);
    if (this.placed && performance.now() - this.placed.at > PLACED_MS) {
      this.placed = undefined;
      this.say("not_placed");
      this.render();
    }
  }

  private shut(): void {
    openPanel(this);
  }

  private say(word: string, button = "", text = this.words[word] ?? ""): void {
    this.trouble = word || "said";
    const place = this.piece(".phone-trouble");
    place.hidden = false;
    this.piece(".phone-trouble span").textContent = text;
    place.querySelectorAll<HTMLButtonElement>("button").forEach((each) => (each.hidden = each.dataset["do"] !== button));
  }

  private clear(): void {
    this.trouble = "";
    this.piece(".phone-trouble").hidden = true;
  }

  private piece<Kind extends HTMLElement = HTMLElement>(selector: string): Kind {
    return this.querySelector(selector) as Kind;
  }
}

customElements.define("chot-phone", Softphone);
