// The trace player, the theme and the filter of a report.  Data becomes text nodes, never markup.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const LANES = 6; // colours of threads and of owners of memory; then they begin again
  const NARROW = matchMedia("(max-width: 52rem)"); // no room for lanes side by side
  const AROUND = 6; // rows drawn above and below what is visible

  /** Return a new element with a class and texts or elements in it. */
  function el(name, kind = "", ...inside) {
    const node = document.createElement(name);
    if (kind) node.className = kind;
    node.append(...inside);
    return node;
  }

  /** A long list of which only the visible rows exist; all are equally high. */
  class Rows {
    constructor(box, rem, make) {
      this.box = box;
      this.make = make;
      this.height = rem * parseFloat(getComputedStyle(document.documentElement).fontSize);
      this.inner = el("div", "rows");
      this.inner.setAttribute("role", "presentation");
      this.shown = new Map();
      this.count = 0;
      box.replaceChildren(this.inner);
      box.addEventListener("scroll", () => this.draw(), { passive: true });
      new ResizeObserver(() => this.draw()).observe(box);
    }

    reset(count) {
      this.count = count;
      this.shown.clear();
      this.inner.replaceChildren();
      this.inner.style.height = `${count * this.height}px`;
    }

    draw() {
      const { scrollTop, clientHeight } = this.box;
      const first = Math.max(0, Math.floor(scrollTop / this.height) - AROUND);
      const end = Math.min(this.count, Math.ceil((scrollTop + clientHeight) / this.height) + AROUND);
      for (const [number, row] of this.shown) {
        if (number >= first && number < end) continue;
        row.remove();
        this.shown.delete(number);
      }
      for (let number = end - 1; number >= first; number--) if (!this.shown.has(number)) this.add(number);
    }

    /** Add a row before the next one, so that rows stand in the order in which they are read. */
    add(number) {
      const row = this.make(number);
      row.style.height = `${this.height}px`;
      row.style.top = `${number * this.height}px`;
      this.shown.set(number, row);
      this.inner.insertBefore(row, this.shown.get(number + 1) || null);
    }

    /** Make rows anew that say something else now. */
    renew(...numbers) {
      for (const number of numbers) {
        if (!this.shown.has(number)) continue;
        this.shown.get(number).remove();
        this.add(number);
      }
    }

    reveal(number) {
      const { scrollTop, clientHeight } = this.box;
      const top = number * this.height;
      if (top < scrollTop + this.height || top > scrollTop + clientHeight - 2 * this.height) {
        this.box.scrollTop = Math.max(0, top - clientHeight / 2.5);
      }
      this.draw();
    }
  }

  /** The variables of a run, which go forward and back with it. */
  class State {
    constructor(told, groups) {
      this.run = told.run;
      this.at = 0;
      this.cells = new Map();
      this.lists = new Map();
      this.changed = [];
      groups.replaceChildren();
      this.groups = groups;
      for (const [thread, name, value] of told.start) this.cell(thread, name).textContent = value;
    }

    cell(thread, name) {
      if (!this.lists.has(thread)) {
        const list = el("dl");
        this.lists.set(thread, list);
        this.groups.append(el("div", "", el("h4", "", thread || "shared"), list));
      }
      const key = JSON.stringify([thread, name]);
      if (!this.cells.has(key)) {
        const cell = el("dd");
        this.lists.get(thread).append(el("div", "", el("dt", "", name), cell));
        this.cells.set(key, cell);
      }
      return this.cells.get(key);
    }

    to(step) {
      const values = new Map();
      const put = (moment, which) => (change) => {
        values.set(this.cell(change[3] ? "" : moment.thread, change[0]), change[which]);
      };
      while (this.at < step) {
        const moment = this.run[this.at++];
        moment.changes.forEach(put(moment, 2));
      }
      while (this.at > step) {
        const moment = this.run[--this.at];
        [...moment.changes].reverse().forEach(put(moment, 1));
      }
      for (const cell of this.changed) cell.parentNode.classList.remove("changed");
      for (const [cell, value] of values) cell.textContent = value;
      const here = this.run[step - 1];
      this.changed = here ? here.changes.map((c) => this.cell(c[3] ? "" : here.thread, c[0])) : [];
      for (const cell of this.changed) cell.parentNode.classList.add("changed");
    }
  }

  const SVG = "http://www.w3.org/2000/svg";
  const LEFT = 150, WIDTH = 520, MARGIN = 10;

  /** Memory as one thread sees it: parts stay the same nodes, so that they move. */
  class Memory {
    constructor(svg) {
      this.svg = svg;
      this.parts = new Map();
    }

    reset(memory) {
      this.memory = memory;
      this.parts.clear();
      this.svg.replaceChildren();
      if (memory) this.svg.setAttribute("viewBox", `0 0 ${WIDTH} ${memory.height + 2 * MARGIN}`);
    }

    part(key, kind, top, ...children) {
      let group = this.parts.get(key);
      if (!group) {
        group = document.createElementNS(SVG, "g");
        for (const name of children) group.append(document.createElementNS(SVG, name));
        this.parts.set(key, group);
        this.svg.append(group);
      }
      group.setAttribute("class", kind);
      group.style.transform = `translateY(${top + MARGIN}px)`;
      this.seen.add(group);
      return group.children;
    }

    /** Show memory as *thread* sees it after a step of the run; as another does, if it has not. */
    show(step, thread) {
      const told = this.memory.pictures.filter((picture) => picture.step <= step);
      const own = told.filter((picture) => picture.thread === thread);
      const picture = own[own.length - 1] || told[told.length - 1];
      this.svg.classList.toggle("empty", !picture);
      if (!picture) return null;
      this.seen = new Set();
      for (const region of picture.regions) this.region(region);
      if (picture.access) this.access(picture.access);
      if (picture.lands) this.lands(picture.lands);
      for (const [key, group] of this.parts) {
        if (this.seen.has(group)) continue;
        group.remove();
        this.parts.delete(key);
      }
      this.svg.setAttribute("aria-label", picture.said);
      return picture;
    }

    region(region) {
      const left = LEFT + 14 * region.level, key = JSON.stringify([region.name, region.who]);
      const kind = `region color-${region.color % LANES} ${region.held.length ? "held" : ""}`;
      const parts = ["rect", "text", "text", "text", "text"];
      const [box, name, who, range, held] = this.part(key, kind, region.top, ...parts);
      put(box, { x: left, width: WIDTH - left - 2, rx: 4 });
      box.style.height = `${region.height}px`;
      put(name, { x: left + 10, y: 17, class: "name" }, region.name);
      put(who, { x: WIDTH - 12, y: 17, "text-anchor": "end" }, region.who);
      put(range, { x: left + 10, y: 33, class: "range" }, region.range);
      put(held, { x: WIDTH - 12, y: 33, "text-anchor": "end", class: "rights" }, region.held.join(" \u00b7 "));
    }

    access(access) {
      const [bar, address, count] = this.part("access", "access", access.top, "rect", "text", "text");
      put(bar, { x: LEFT - 12, width: 6, rx: 2 });
      bar.style.height = `${access.height}px`;
      put(address, { x: LEFT - 18, y: 10, "text-anchor": "end", class: "range" }, access.address);
      put(count, { x: LEFT - 18, y: 25, "text-anchor": "end" }, access.count);
    }

    lands(lands) {
      const [line, label, tip] = this.part("lands", "lands", lands.top, "path", "text", "path");
      put(line, { d: `M ${LEFT - 12} 0 H ${WIDTH - 4}` });
      put(tip, { d: `M ${LEFT - 12} 0 l -9 -5 v 10 z` });
      put(label, { x: WIDTH - 8, y: -4, "text-anchor": "end", class: "range" }, lands.address);
    }
  }

  /** Set attributes and the text of a node of a picture. */
  function put(node, attributes, text) {
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
  }

  /** Everything about traces: which one, which view of it, which step. */
  class Player {
    constructor(data) {
      this.data = data;
      this.view = "story";
      this.steps = new Rows($("steps"), 2.75, (number) => this.row(number));
      this.source = new Rows($("source"), 1.35, (number) => this.line(number));
      this.memory = new Memory($("picture"));
      NARROW.addEventListener("change", () => this.lanes());
      data.refutations.forEach((told, number) => {
        const text = `${number + 1} of ${data.refutations.length}: ${told.about}, ${told.file}`;
        $("which").append(new Option(text, String(number)));
      });
      $("choose").hidden = data.refutations.length < 2;
      $("player").hidden = false;
      this.open(0);
    }

    open(number) {
      if (number < 0 || number >= this.data.refutations.length) return;
      this.number = number;
      this.told = this.data.refutations[number];
      if (!this.told.run.length) this.view = "story";
      else if (!this.told.story.length) this.view = "run";
      $("which").value = String(number);
      off($("earlier"), number === 0);
      off($("later"), number === this.data.refutations.length - 1);
      this.reasons();
      this.lanes();
      this.state = new State(this.told, $("groups"));
      $("state").hidden = !this.told.run.length || !this.state.cells.size;
      this.memory.reset(this.told.memory);
      this.shownSource = null;
      this.look(this.view, 0);
    }

    reasons() {
      const { told } = this, turn = told.turning;
      $("title").textContent = told.title;
      $("about").textContent = `${told.about}, ${told.file}`;
      $("cause").hidden = !told.cause;
      $("cause-places").replaceChildren();
      if (told.cause) {
        $("cause-name").textContent = told.cause.name;
        $("cause-text").replaceChildren(...prose(told.cause.text));
        for (const place of told.cause.places) {
          const button = el("button", "link", this.named(place));
          button.type = "button";
          button.addEventListener("click", () => this.lookAt(place));
          $("cause-places").append(button, " ");
        }
      }
      $("turning").hidden = turn === null;
      $("turn").textContent = `step ${turn} of ${told.steps}`;
      $("alone").textContent = told.alone ? "No race is needed." : "Other threads take part.";
      $("repair").hidden = !told.repair;
      if (told.repair) {
        $("repair-name").textContent = told.repair.name;
        $("repair-name").href = `#${told.repair.anchor}`;
      }
      $("advice").hidden = !told.advice;
      $("advice-text").textContent = told.advice || "";
    }

    lanes() {
      const { threads } = this.told;
      $("player").style.setProperty("--lanes", threads.length);
      $("player").classList.toggle("folded", NARROW.matches || threads.length > LANES);
      $("lanes").hidden = threads.length < 2;
      $("lanes").replaceChildren(el("span"), el("span"));
      threads.forEach((name, lane) => $("lanes").append(el("span", `lane color-${lane % LANES}`, name)));
    }

    /** Show one of the two views, at the step of the run that was shown before. */
    look(view, step) {
      if (!this.told[view].length && this.told[view === "run" ? "story" : "run"].length) return;
      this.view = view;
      this.list = this.told[view];
      const { turning } = this.told;
      this.turning = turning === null ? -1 : this.list.findLastIndex((m) => m.step <= turning);
      for (const name of ["story", "run"]) {
        $(`view-${name}`).setAttribute("aria-pressed", String(name === view));
        $(`view-${name}`).disabled = !this.told[name].length;
      }
      this.at = -1;
      this.steps.reset(this.list.length + 1);
      $("slider").max = String(this.list.length);
      const found = this.list.findIndex((moment) => moment.step >= step);
      this.go(found < 0 ? this.list.length : found);
    }

    /** Return what stop *number* is: a moment, or the failure behind the last one. */
    stop(number) {
      if (number < this.list.length) return this.list[number];
      const { title, failure, steps } = this.told;
      return { ...failure, step: steps + 1, kind: "failure", text: title, changes: [] };
    }

    go(number) {
      const to = Math.max(0, Math.min(number, this.list.length));
      if (to === this.at) return;
      const before = this.at, stop = this.stop(to);
      this.at = to;
      this.steps.renew(before, to);
      this.steps.reveal(to);
      $("steps").setAttribute("aria-activedescendant", `stop-${to}`);
      $("slider").value = String(to);
      const isEnd = to === this.list.length;
      const count = isEnd ? `failure, after step ${this.told.steps}` : `step ${stop.step || to + 1} of ${this.told.steps}`;
      $("count").textContent = count;
      $("slider").setAttribute("aria-valuetext", count);
      for (const id of ["first", "back"]) off($(id), to === 0);
      for (const id of ["next", "last"]) off($(id), isEnd);
      this.now(stop, isEnd);
      this.lookAt(stop.place);
      const step = Math.min(stop.step, this.told.run.length);
      if (this.told.run.length) this.state.to(step);
      this.drawMemory(stop);
    }

    now(stop, isEnd) {
      const lane = Math.max(0, this.told.threads.indexOf(stop.thread));
      $("now").classList.toggle("failed", isEnd);
      $("now-thread").textContent = stop.thread;
      $("now-thread").className = `who color-${lane % LANES}`;
      $("now-phase").textContent = stop.phase ? `protocol step ${stop.phase[0]} of ${stop.phase[1]}` : "";
      $("now-text").textContent = stop.text || "(goes on)";
      const changes = stop.changes.map(([name, old, now, shared]) => el(
        "tr", "", el("th", "", name, shared ? el("span", "quiet", " shared") : ""),
        el("td", "old", old), el("td", "arrow", "\u2192"), el("td", "new", now),
      ));
      fill($("changes"), changes);
      const values = isEnd ? this.told.failure.values : [];
      fill($("values"), values.map(([text, value]) => el("tr", "", el("th", "", text), el("td", "new", value))));
      $("protocol").hidden = !stop.phase;
      if (!stop.phase) return;
      const [number, last] = stop.phase;
      const ticks = Array.from({ length: Math.min(last, 60) }, (_, n) => el("i", n + 1 < number ? "done" : n + 1 === number ? "here" : ""));
      $("protocol").replaceChildren(...ticks);
    }

    row(number) {
      const stop = this.stop(number), lane = Math.max(0, this.told.threads.indexOf(stop.thread));
      const told = stop.changes.map(([name, old, now]) => `${name}: ${old} \u2192 ${now}`).join(", ");
      const by = this.told.threads.length > 1 ? el("span", "by", `${stop.thread} `) : "";
      const text = el("span", "text", by, stop.text || "\u00b7");
      const cell = el("span", `cell color-${lane % LANES}`, text, el("span", "told", told));
      cell.style.setProperty("--lane", lane);
      const phase = stop.phase ? `${stop.phase[0]}/${stop.phase[1]}` : "";
      const isEnd = number === this.list.length;
      const row = el("div", `row ${stop.kind === "step" ? "landmark" : ""} ${isEnd ? "failure" : ""}`,
        el("span", "number", isEnd ? "\u2717" : String(stop.step || number + 1)), el("span", "phase", phase), cell);
      row.classList.toggle("turning", number === this.turning);
      if (number === this.turning) row.append(el("span", "flag", "point of no return"));
      row.id = `stop-${number}`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(number === this.at));
      row.setAttribute("aria-label", [stop.thread, stop.text, told].filter(Boolean).join(": "));
      row.setAttribute("aria-posinset", String(number + 1));
      row.setAttribute("aria-setsize", String(this.list.length + 1));
      row.addEventListener("click", () => this.go(number));
      return row;
    }

    named([source, line]) {
      return `${this.data.sources[source].path.split("/").pop()}:${line}`;
    }

    /** Show a place in its source; none leaves the listing as it is, with nothing marked. */
    lookAt(place) {
      const before = this.place;
      this.place = place;
      if (place && place[0] !== this.shownSource) {
        this.shownSource = place[0];
        this.source.reset(this.data.sources[place[0]].lines.length);
      } else {
        for (const at of [before, place]) {
          if (at) for (let n = at[1]; n <= Math.min(at[3], at[1] + 60); n++) this.source.renew(n - 1);
        }
      }
      $("path").textContent = place ? `${this.data.sources[place[0]].path}:${place[1]}` : "(no place in a source)";
      if (!place) return;
      this.source.reveal(place[1] - 1);
      const mark = $("source").querySelector("mark");
      const isFar = mark && mark.offsetLeft + 80 > $("source").clientWidth;
      $("source").scrollLeft = isFar ? mark.offsetLeft - 80 : 0;
    }

    line(number) {
      const text = this.data.sources[this.shownSource].lines[number];
      const row = el("div", "line", el("span", "gutter", String(number + 1)));
      const [source, first, column, last, end] = this.place || [];
      const fails = this.told.failure.place;
      if (fails && fails[0] === this.shownSource && fails[1] === number + 1) row.classList.add("fails");
      if (source === this.shownSource && first <= number + 1 && number + 1 <= last) {
        const from = number + 1 === first ? column : 0, to = number + 1 === last ? end : text.length;
        row.classList.add("current");
        if (number + 1 === first) row.setAttribute("aria-current", "true");
        row.append(text.slice(0, from), el("mark", "", text.slice(from, to)), text.slice(to));
        return row;
      }
      const comment = text.indexOf("//");
      if (comment < 0) row.append(text);
      else row.append(text.slice(0, comment), el("span", "comment", text.slice(comment)));
      return row;
    }

    drawMemory(stop) {
      const picture = this.told.memory && this.memory.show(stop.step, stop.thread);
      $("memory").hidden = !picture;
      if (!picture) return;
      $("memory-about").textContent = `as ${picture.thread} sees it after step ${picture.step}`;
      $("rights").replaceChildren(...picture.rights.map(([name, value]) => el("div", "", el("dt", "", name), el("dd", "", value))));
    }
  }

  /** Say that a button does nothing now; it keeps the focus. */
  function off(button, isOff) {
    button.setAttribute("aria-disabled", String(isOff));
  }

  /** Return a sentence with what stands in backticks as code. */
  function prose(text) {
    const parts = text.split("`");
    return parts.length % 2 ? parts.map((part, n) => (n % 2 ? el("code", "", part) : part)) : [text];
  }

  function fill(table, rows) {
    table.hidden = !rows.length;
    table.tBodies[0].replaceChildren(...rows);
  }

  function listen(player) {
    const other = () => (player.view === "story" ? "run" : "story");
    const turnOver = (view) => player.look(view, player.stop(player.at).step);
    const toTurning = () => {
      if (player.turning >= 0) player.go(player.turning);
    };
    const clicks = {
      first: () => player.go(0), back: () => player.go(player.at - 1),
      next: () => player.go(player.at + 1), last: () => player.go(player.list.length),
      earlier: () => player.open(player.number - 1), later: () => player.open(player.number + 1),
      "view-story": () => turnOver("story"), "view-run": () => turnOver("run"), turn: toTurning,
      help: () => $("keys").showModal(),
    };
    for (const [id, act] of Object.entries(clicks)) $(id).addEventListener("click", act);
    $("slider").addEventListener("input", () => player.go(Number($("slider").value)));
    $("which").addEventListener("change", () => player.open(Number($("which").value)));
    for (const button of document.querySelectorAll("[data-play]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        player.open(Number(button.dataset.play));
        $("player").scrollIntoView();
        $("steps").focus({ preventScroll: true });
      });
    }
    const keys = { ArrowLeft: clicks.back, ArrowRight: clicks.next, Home: clicks.first, End: clicks.last };
    const letters = { j: clicks.later, k: clicks.earlier, v: () => turnOver(other()), "?": clicks.help };
    document.addEventListener("keydown", (event) => {
      const act = keys[event.key] || ($("letters").checked && letters[event.key]);
      const isTaken = event.target.closest("input, select, textarea, dialog");
      if (!act || isTaken || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      act();
    });
  }

  function theme() {
    const names = ["system", "light", "dark"];
    let at = 0;
    $("theme").addEventListener("click", () => {
      at = (at + 1) % names.length;
      if (at) document.documentElement.dataset.theme = names[at];
      else delete document.documentElement.dataset.theme;
      $("theme").textContent = `Theme: ${names[at]}`;
    });
  }

  function filter() {
    const rows = [...document.querySelectorAll("table.verdicts tr[data-word]")];
    const words = ["all", ...new Set(rows.map((row) => row.dataset.word))];
    if (words.length < 3) return;
    const buttons = words.map((word) => {
      const count = word === "all" ? rows.length : rows.filter((row) => row.dataset.word === word).length;
      const button = el("button", "", `${word} ${count}`);
      button.type = "button";
      button.setAttribute("aria-pressed", String(word === "all"));
      button.addEventListener("click", () => {
        for (const one of buttons) one.setAttribute("aria-pressed", String(one === button));
        for (const row of rows) row.hidden = word !== "all" && row.dataset.word !== word;
      });
      return button;
    });
    $("filter").append(...buttons);
    $("filter").hidden = false;
  }

  const data = JSON.parse($("data").textContent);
  theme();
  filter();
  document.querySelector(".tools").hidden = false;
  if (data.refutations.length) listen(new Player(data));
  else $("help").hidden = true;
  requestAnimationFrame(() => performance.mark("cecheck-ready"));
})();
