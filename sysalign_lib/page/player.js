/* The kernel-free half of an explorable. Every state was drawn beforehand by Python; this script only shows it.
   No dependency, no request but the figure's own file of states, which is a script so that it loads from file:// too. */
(() => {
  "use strict";
  const reduced = matchMedia("(prefers-reduced-motion: reduce)");
  const here = document.currentScript.src;
  const figures = new Map();
  let kept = -Infinity; // when the address was last changed
  let later = 0;

  class Player {
    constructor(figure) {
      this.figure = figure;
      this.name = figure.dataset.name;
      this.svg = figure.querySelector(".ex-picture svg");
      this.caption = figure.querySelector("figcaption");
      this.fieldset = figure.querySelector(".ex-controls");
      this.controls = [...figure.querySelectorAll("[data-param]")];
      this.said = figure.querySelector(".ex-said");
      this.data = null;
      this.loading = null;
      this.timer = 0;
      this.fieldset.addEventListener("input", (event) => {
        if (event.target.dataset.param) { this.stop(); this.show(); this.remember(); }
      });
      const press = (name, act) => figure.querySelector(name).addEventListener("click", act);
      press(".ex-play", () => {
        if (!this.timer) { this.start(); return; }
        this.stop();
        this.remember();
      });
      press(".ex-step", () => { this.stop(); this.step(); this.remember(); });
      press(".ex-reset", () => { this.stop(); this.go(figure.dataset.rest); this.remember(); });
      press(".ex-link", () => this.copy());
      figure.querySelector(".ex-numbers").addEventListener("toggle", () => this.data && this.show());
      this.bet();
    }

    load() {
      this.loading ??= new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = new URL(`explorables/${this.name}.js?v=${this.figure.dataset.version}`, here).href;
        const failed = () => reject(new Error(`the states of ${this.name} did not load`));
        script.onload = () => {
          const data = (window.sysalignStates || {})[this.name];
          if (data) resolve(data); else failed();
        };
        script.onerror = failed;
        document.head.append(script);
      }).then((data) => {
        this.data = data;
        this.figure.querySelector(".ex-failed")?.remove();
        this.fieldset.disabled = false;
        this.figure.dataset.ready = "true";
        this.show();
        this.recall();
      }).catch((error) => {
        this.loading = null;
        this.offer();
        throw error;
      });
      return this.loading;
    }

    /* The states did not come: say so, and let the reader ask for them again. */
    offer() {
      if (this.figure.querySelector(".ex-failed")) return;
      const box = document.createElement("p");
      box.className = "ex-failed";
      box.setAttribute("role", "status");
      const again = document.createElement("button");
      again.type = "button";
      again.textContent = "Try again";
      again.addEventListener("click", () => this.load().catch(() => {}));
      box.append("The recorded states could not be loaded; the picture shows the resting state. ", again);
      this.fieldset.before(box);
    }

    position(control) { return control.type === "range" ? Number(control.value) : control.selectedIndex; }

    place(control, at) { if (control.type === "range") control.value = at; else control.selectedIndex = at; }

    values(control) { return this.data.choices[control.dataset.param]; }

    key() {
      return this.controls.map((c) => `${c.dataset.param}=${this.values(c)[this.position(c)]}`).join("&");
    }

    index() {
      return this.controls.reduce((sum, c) => sum * this.values(c).length + this.position(c), 0);
    }

    show() {
      if (!this.data) return;
      const key = this.key();
      for (const control of this.controls) {
        if (control.type !== "range") continue;
        const text = this.values(control)[this.position(control)];
        control.closest(".ex-control").querySelector("output").value = text;
        control.setAttribute("aria-valuetext", text);
      }
      const at = this.index();
      const { pool, states, readings } = this.data;
      if (this.figure.dataset.state !== key) {
        this.say("");
        this.svg.innerHTML = states[at].map((line) => pool[line]).join("\n");
        this.caption.textContent = readings[at];
        this.figure.dataset.state = key;
      }
      const numbers = this.figure.querySelector(".ex-numbers");
      if (numbers.open && numbers.dataset.state !== key) {
        this.tabulate(numbers.querySelector(".ex-tables"), at);
        numbers.dataset.state = key;
      }
    }

    tabulate(box, at) {
      const cell = (row, kind, text, scope) => {
        const made = row.appendChild(document.createElement(kind));
        made.textContent = text;
        if (scope) made.scope = scope;
      };
      box.replaceChildren(...this.data.tables[at].map((rows) => {
        const [[title], head, ...body] = rows.map((row) => JSON.parse(this.data.pool[row]));
        const table = document.createElement("table");
        table.createCaption().textContent = title;
        const top = table.createTHead().insertRow();
        head.forEach((text) => cell(top, "th", text, "col"));
        const rest = table.createTBody();
        body.forEach((one) => {
          const row = rest.insertRow();
          one.forEach((text, column) => cell(row, column ? "td" : "th", text, column ? "" : "row"));
        });
        return table;
      }));
    }

    /* Move to a state written as in a link; controls that it does not name stay. False if a name or value is unknown. */
    go(text) {
      if (!this.data) return false;
      const moves = [];
      const names = this.controls.map((one) => one.dataset.param).join("|");
      for (const part of text ? text.split(new RegExp(`&(?=(?:${names})=)`)) : []) {
        const [param, value = ""] = part.split(/=(.*)/s);
        const control = this.controls.find((one) => one.dataset.param === param);
        const at = control ? this.values(control).indexOf(value) : -1;
        if (at < 0) {
          this.say(`The link asks for ${param} = ${value}, which is not recorded here.`);
          return false;
        }
        moves.push([control, at]);
      }
      moves.forEach(([control, at]) => this.place(control, at));
      this.show();
      return true;
    }

    step() {
      const control = this.controls.find((one) => one.dataset.param === this.figure.dataset.play);
      this.place(control, (this.position(control) + 1) % this.values(control).length);
      this.show();
    }

    start() {
      if (reduced.matches) { this.step(); this.remember(); return; }
      const button = this.figure.querySelector(".ex-play");
      button.textContent = "Pause";
      this.caption.setAttribute("aria-live", "off");
      this.step();
      this.timer = setInterval(() => this.step(), 700);
    }

    /* Browsers answer no more than about 100 changes of the address in 30 s: a dragged slider asks for fewer. */
    remember() {
      clearTimeout(later);
      const wait = kept + 400 - performance.now();
      if (wait > 0) later = setTimeout(() => this.keep(), wait);
      else this.keep();
    }

    keep() {
      clearTimeout(later);
      kept = performance.now();
      try { history.replaceState(history.state, "", this.fragment()); } catch { /* a page in a sandbox */ }
    }

    stop() {
      if (!this.timer) return;
      clearInterval(this.timer);
      this.timer = 0;
      this.figure.querySelector(".ex-play").textContent = "Play";
      this.caption.setAttribute("aria-live", "polite");
    }

    fragment() { return `#${this.name}:${encodeURI(this.key()).replaceAll("#", "%23")}`; }

    async copy() {
      this.keep();
      const link = location.href.split("#")[0] + this.fragment();
      try {
        await navigator.clipboard.writeText(link);
        this.say("Link copied.");
      } catch {
        this.say(`This is the link: ${link}`);
      }
    }

    say(text) { this.said.textContent = text; }

    bet() {
      const box = this.figure.querySelector(".ex-bet");
      if (!box) return;
      const input = box.querySelector("input");
      box.hidden = false;
      box.querySelector(".ex-reveal").addEventListener("click", async () => {
        if (!input.reportValidity() || input.value === "") return;
        try { localStorage.setItem(this.store(), input.value); } catch { /* private window: the bet is not kept */ }
        try { await this.load(); } catch { return; }
        this.stop();
        this.go(this.data.reveal);
        this.remember();
        this.outcome(box, Number(input.value));
      });
    }

    store() { return `sysalign-bet-${this.name}`; }

    /* A guess of an earlier visit, if it is still one that could be made. */
    recall() {
      const box = this.figure.querySelector(".ex-bet");
      if (!box) return;
      let kept = null;
      try { kept = localStorage.getItem(this.store()); } catch { /* nothing is kept */ }
      if (!kept || !Number.isFinite(Number(kept))) return;
      const input = box.querySelector("input");
      const before = input.value;
      input.value = kept;
      if (input.checkValidity()) this.outcome(box, Number(kept));
      else input.value = before;
    }

    outcome(box, guess) {
      const { low, high, unit } = box.dataset;
      const answer = this.data.answer;
      const at = (value) => `${100 * Math.min(1, Math.max(0, (value - low) / (high - low)))}%`;
      const short = (value) => `${Number(value.toPrecision(3))} ${unit}`.trim();
      const line = document.createElement("div");
      line.className = "ex-line";
      line.setAttribute("aria-hidden", "true");
      for (const [kind, value, text] of [["guess", guess, "you"], ["answer", answer, "model"]]) {
        const mark = line.appendChild(document.createElement("span"));
        mark.className = `ex-mark ex-mark-${kind}`;
        mark.style.left = at(value);
        mark.dataset.text = text;
      }
      const words = document.createElement("p");
      words.textContent = `You said ${short(guess)}; the model says ${short(answer)}.`;
      box.querySelector(".ex-outcome").replaceChildren(words, line);
    }
  }

  /* A link's fragment names a figure and a state: #deference-plane:beta=0.25&aware=yes */
  async function follow() {
    clearTimeout(later);
    let text = location.hash.slice(1);
    try { text = decodeURIComponent(text); } catch { /* typed by hand, with a percent sign */ }
    const [name, state] = text.split(/:(.*)/s);
    const player = figures.get(name);
    if (!player) return;
    player.stop();
    await player.load();
    player.go(state || "");
    const picture = player.figure.querySelector(".ex-picture");
    const fits = picture.offsetHeight + 0.25 * innerHeight < innerHeight;
    picture.scrollIntoView({ block: fits ? "nearest" : "start", behavior: reduced.matches ? "auto" : "smooth" });
  }

  function begin() {
    const near = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        near.unobserve(entry.target);
        figures.get(entry.target.dataset.name).load().catch(() => {});
      }
    }, { rootMargin: "600px" });
    for (const figure of document.querySelectorAll("figure.explorable")) {
      if (figures.has(figure.dataset.name)) continue;
      figures.set(figure.dataset.name, new Player(figure));
      near.observe(figure);
    }
    addEventListener("hashchange", () => follow().catch(() => {}));
    follow().catch(() => {});
  }

  if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin); else begin();
})();
