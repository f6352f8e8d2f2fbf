/* The files of the collecting page: a line with its progress for each, three on their way at a time. What has
   arrived stays; what was refused says so in its place. Without this script the form sends the chosen files itself. */
(function () {
  "use strict";

  const AT_A_TIME = 3;
  const MEGA = 1000000;
  const draft = document.getElementById("draft");
  const words = document.getElementById("upload-words").dataset;
  const queue = [];
  const marks = new Map();
  let running = 0;
  let unsettled = 0;
  let waiting = null;
  let typedSomething = draft.hasAttribute("data-unsaved");

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text || "";
    return made;
  }

  function say(text, values) {
    return Object.entries(values).reduce((told, [name, value]) => told.replace("{" + name + "}", value), text);
  }

  /* One line of the list, and what its transfer tells. */
  class Line {
    constructor(slot, file) {
      this.file = file;
      this.slot = slot;
      this.row = element("li", "upload sending");
      this.state = element("small", "muted num");
      this.state.setAttribute("role", "status");
      this.meter = element("progress", "meter");
      this.meter.max = Math.max(1, file.size);
      this.meter.value = 0;
      this.meter.setAttribute("aria-label", file.name);
      this.buttons = element("span", "upload-buttons");
      const body = element("div", "");
      body.append(element("b", "upload-name", file.name), this.meter, this.state, this.buttons);
      this.row.append(element("span", "no-picture"), body);
      this.slot.closest("[data-slot]").querySelector(".uploads").append(this.row);
      this.transfer = new window.Transfer(file, place(slot), (state, details) => this.told(state, details || {}));
      this.told("wait", {});
    }

    told(state, details) {
      const show = {
        wait: () => this.show(words.wait, "muted num", ["stop"]),
        read: () => this.show(words.read, "muted num", ["stop"]),
        sent: () => this.progress(details.bytes),
        check: () => this.show(words.check, "muted num", []),
        halted: () => this.show(words.halted, "warn-text", ["resume", "stop"]),
        offline: () => this.show(words.offline, "warn-text", ["stop"]),
        again: () => this.show(details.sentence || say(words.again, { n: details.seconds }), "warn-text", ["resume", "stop"]),
        failed: () => this.show(details.sentence || words.failed, "bad-text", ["retry", "stop"]),
        refused: () => this.show(details.sentence || words.failed, "bad-text", ["dismiss"]),
        unreadable: () => this.show(words.unreadable, "bad-text", ["dismiss"]),
        stopped: () => this.row.remove(),
        done: () => this.finished(),
        "signed-out": () => draft.submit(), // the sign-in page carries the draft along with all that was typed
      }[state];
      show();
    }

    progress(bytes) {
      this.meter.value = Math.max(this.meter.value, bytes);
      const percent = Math.floor((100 * bytes) / this.file.size);
      const text = percent + "%·" + (bytes / MEGA).toFixed(1) + " / " + (this.file.size / MEGA).toFixed(1) + " MB";
      this.show(text, "muted num", ["pause", "stop"]);
      this.forgetUnfinished();
    }

    finished() {
      this.meter.value = this.meter.max;
      this.show("100%", "muted num", []);
      this.forgetUnfinished();
    }

    show(text, className, buttons) {
      if (this.state.textContent !== text) {
        this.state.textContent = text;
        this.state.className = className;
      }
      if (this.buttons.dataset.shown !== buttons.join()) {
        this.buttons.dataset.shown = buttons.join();
        this.buttons.replaceChildren(...buttons.map((name) => this.button(name)));
      }
    }

    button(name) {
      const made = element("button", "link-button", words[name]);
      made.type = "button";
      made.append(element("span", "unseen", ": " + this.file.name));
      made.addEventListener("click", () => this.press(name));
      return made;
    }

    press(name) {
      if (name === "pause") {
        this.transfer.halt();
      } else if (name === "resume") {
        this.transfer.resume();
      } else if (name === "retry") {
        unsettled -= 1;
        this.transfer.resume();
        start(this);
      } else {
        this.leave();
      }
    }

    leave() {
      const over = this.over;
      this.row.remove();
      marks.delete(this.slot.dataset.requirement + "/" + this.transfer.mark);
      if (over) {
        unsettled -= 1;
        settle();
        return;
      }
      const place = queue.indexOf(this);
      if (place >= 0) {
        queue.splice(place, 1);
        settle();
      } else {
        this.transfer.stop();
      }
    }

    /* The line of an earlier attempt with the same file goes: this one has taken its place. */
    forgetUnfinished() {
      this.slot.closest("[data-slot]").querySelectorAll("[data-unfinished]").forEach((row) => {
        if (row.dataset.unfinished === this.file.name && Number(row.dataset.size) === this.file.size) {
          row.remove();
        }
      });
    }

    async run() {
      this.over = false;
      try {
        await this.transfer.read();
      } catch (error) {
        this.told("unreadable", {}); // moved or deleted since it was chosen
        return false;
      }
      const mark = this.slot.dataset.requirement + "/" + this.transfer.mark;
      const twin = marks.get(mark);
      if (twin && twin !== this) {
        this.show(say(words.twin, { name: this.file.name, twin: twin.file.name }), "bad-text", ["dismiss"]);
        return false;
      }
      marks.set(mark, this);
      return this.transfer.run();
    }
  }

  function place(slot) {
    const field = (name) => draft.querySelector('input[name="' + name + '"]').value;
    return { begin: words.begin, requirement: slot.dataset.requirement, item: field("item_id"), token: field("csrf_token") };
  }

  function start(line) {
    queue.push(line);
    next();
  }

  function next() {
    while (running < AT_A_TIME && queue.length > 0) {
      running += 1;
      const line = queue.shift();
      line.run().then((ok) => {
        running -= 1;
        line.over = !ok;
        if (!ok && line.row.isConnected) {
          unsettled += 1;
        }
        next();
        settle();
      });
    }
  }

  /* Files of several slots may be under way at once: the page goes on only when the last one has ended. */
  function settle() {
    if (running > 0 || queue.length > 0) {
      return;
    }
    const then = waiting;
    waiting = null;
    if (unsettled > 0) {
      return;
    }
    if (then) {
      then.form.action = then.action;
      then.form.submit();
    } else {
      showWhatArrived();
    }
  }

  /* Captions typed meanwhile must not be lost: then the draft is saved, which shows the page again as well. */
  function showWhatArrived() {
    const page = draft.dataset.page;
    if (typedSomething) {
      draft.submit();
    } else if (window.location.pathname + window.location.search === page) {
      window.location.reload();
    } else {
      window.location.assign(page);
    }
  }

  function each(act) {
    document.querySelectorAll(".upload.sending").forEach((row) => act(row.line));
  }

  /* A button pressed while files are under way waits for them: leaving the page would stop them. */
  document.addEventListener("submit", (event) => {
    if (running === 0 && queue.length === 0) {
      return;
    }
    event.preventDefault();
    delete event.target.dataset.sent; // it was not: another press must not be swallowed
    const named = event.submitter && event.submitter.hasAttribute("formaction");
    waiting = { form: event.target, action: named ? event.submitter.formAction : event.target.action };
    document.getElementById("toast").replaceChildren(element("p", "ok", draft.dataset.waiting));
  });

  document.addEventListener("input", (event) => {
    typedSomething = typedSomething || (event.target.form === draft && event.target.type !== "file");
  });

  window.addEventListener("online", () => each((line) => line.transfer.awakeAfterCut()));
  window.addEventListener("offline", () => each((line) => line.transfer.interrupt()));

  document.querySelectorAll("[data-upload]").forEach((slot) => {
    const input = slot.querySelector('input[type="file"]');
    const oneByOne = slot.querySelector("[data-one-by-one]");
    if (oneByOne) {
      // Some phones' browsers do nothing when several files may be chosen.
      oneByOne.addEventListener("click", () => {
        input.multiple = !input.multiple;
        oneByOne.setAttribute("aria-pressed", String(!input.multiple));
      });
    }
    input.addEventListener("change", () => {
      const files = Array.from(input.files);
      input.value = "";
      files.forEach((file) => {
        const line = new Line(slot, file);
        line.row.line = line;
        start(line);
      });
    });
  });
})();
