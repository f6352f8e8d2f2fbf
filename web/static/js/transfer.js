/* One file on its way: announced, sent part by part, finished. After a cut it asks where to go on, so a part that
   was lost costs that part and nothing else. What it does is told by `told(state, details)`. */
window.Transfer = (function () {
  "use strict";

  const KILO = 1024;
  const LEAST = 256 * KILO;
  const MOST = 8 * KILO * KILO;
  const ENDS = 256 * KILO;
  const HASHED_AT_MOST = 64 * KILO * KILO;
  const QUICK = 2000;
  const SLOW = 8000;
  const PAUSES = [1, 2, 4, 8, 15, 30];
  const ATTEMPTS = 12;

  class Broken extends Error {}
  class Stopped extends Error {}
  class Refused extends Error {}
  class SignedOut extends Error {}

  function hex(buffer) {
    return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* Offices without a certificate have no SubtleCrypto; then a plain checksum tells two files apart well enough. */
  function checksum(bytes) {
    let one = 0x811c9dc5;
    let two = 0x9e3779b9;
    for (const byte of bytes) {
      one = Math.imul(one ^ byte, 0x01000193);
      two = Math.imul(two, 31) + byte + (two >>> 15);
    }
    return (one >>> 0).toString(16) + "-" + (two >>> 0).toString(16);
  }

  async function digest(blob) {
    const content = await blob.arrayBuffer();
    if (window.crypto && window.crypto.subtle) {
      return hex(await window.crypto.subtle.digest("SHA-256", content));
    }
    return checksum(new Uint8Array(content));
  }

  class Transfer {
    constructor(file, place, told) {
      this.file = file;
      this.place = place;
      this.told = told;
      this.arrived = 0;
      this.step = LEAST * 4;
      this.failures = 0;
      this.halted = false;
      this.stopped = false;
      this.request = null;
      this.wake = null;
      this.href = "";
      this.mark = "";
    }

    /* Takes the digests: of both ends, and of the whole where it is small enough to lie in memory. */
    async read() {
      this.told("read");
      const ends = new Blob([this.file.slice(0, ENDS), this.file.slice(Math.max(0, this.file.size - ENDS))]);
      this.fingerprint = await digest(ends);
      const whole = window.crypto && window.crypto.subtle && this.file.size <= HASHED_AT_MOST;
      this.sha256 = whole ? await digest(this.file) : "";
      this.mark = this.sha256 || [this.file.name, this.file.size, this.fingerprint].join("/");
    }

    async run() {
      for (;;) {
        try {
          await this.attempt();
          this.told("done");
          return true;
        } catch (error) {
          if (!(error instanceof Broken)) {
            return this.ended(error);
          }
          this.step = Math.max(LEAST, this.step / 2);
          if (!(await this.rest(error))) {
            return false;
          }
        }
      }
    }

    halt() {
      this.halted = true;
      this.interrupt();
      this.told("halted");
    }

    resume() {
      this.halted = false;
      this.failures = 0;
      this.awake();
    }

    /* Gives the file up, here and on the server. */
    stop() {
      this.stopped = true;
      this.interrupt();
      this.awake();
      if (this.href) {
        this.ask("POST", this.href + "/drop", this.form({})).catch(() => {});
      }
    }

    /* The connection is back: no need to wait any longer. */
    awakeAfterCut() {
      this.failures = 0;
      if (!this.halted) {
        this.awake();
      }
    }

    awake() {
      if (this.wake) {
        this.wake();
      }
    }

    interrupt() {
      if (this.request) {
        this.request.abort();
      }
    }

    async attempt() {
      await this.gate();
      const begun = await this.ask("POST", this.place.begin, this.form(this.announcement()));
      this.href = begun.href;
      this.arrived = begun.arrived;
      let done = begun.done;
      while (!done && this.arrived < this.file.size) {
        await this.gate();
        await this.part();
      }
      if (!done) {
        this.told("check");
        done = (await this.ask("POST", this.href + "/finish", this.form({}))).done;
      }
    }

    async part() {
      const start = this.arrived;
      const piece = this.file.slice(start, Math.min(start + this.step, this.file.size));
      const before = performance.now();
      const answer = await this.ask("PUT", this.href + "/" + start, piece, (sent) => this.told("sent", { bytes: start + sent }));
      const took = performance.now() - before;
      this.arrived = answer.arrived;
      this.failures = 0;
      this.told("sent", { bytes: this.arrived });
      if (took < QUICK) {
        this.step = Math.min(MOST, this.step * 2);
      } else if (took > SLOW) {
        this.step = Math.max(LEAST, this.step / 2);
      }
    }

    announcement() {
      return {
        requirement_id: this.place.requirement,
        name: this.file.name,
        size: String(this.file.size),
        fingerprint: this.fingerprint,
        sha256: this.sha256,
      };
    }

    form(values) {
      const body = new FormData();
      body.append("csrf_token", this.place.token);
      body.append("item_id", this.place.item);
      Object.entries(values).forEach(([name, value]) => body.append(name, value));
      return body;
    }

    /* Stands still while it is halted. */
    async gate() {
      while (this.halted && !this.stopped) {
        await this.sleep(null);
      }
      if (this.stopped) {
        throw new Stopped();
      }
    }

    /* Waits before the next attempt: longer each time, shorter when the connection comes back. */
    async rest(error) {
      if (this.halted || this.stopped) {
        return true;
      }
      this.failures += 1;
      if (this.failures > ATTEMPTS) {
        this.told("failed", { sentence: error.message });
        return false;
      }
      // Without a connection each attempt would only fail; the longest pause is for devices that do not know they have one.
      const seconds = navigator.onLine ? PAUSES[Math.min(this.failures, PAUSES.length) - 1] : PAUSES[PAUSES.length - 1];
      this.told(navigator.onLine ? "again" : "offline", { seconds: seconds, sentence: error.message });
      await this.sleep(seconds * 1000);
      return true;
    }

    sleep(milliseconds) {
      return new Promise((resolve) => {
        const timer = milliseconds === null ? 0 : window.setTimeout(() => this.awake(), milliseconds);
        this.wake = () => {
          window.clearTimeout(timer);
          this.wake = null;
          resolve();
        };
      });
    }

    ended(error) {
      if (error instanceof SignedOut) {
        this.told("signed-out");
      } else if (error instanceof Refused) {
        this.told("refused", { sentence: error.message });
      } else if (error instanceof Stopped) {
        this.told("stopped");
      } else {
        this.told("unreadable");
      }
      return false;
    }

    ask(method, address, body, progress) {
      return new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        this.request = request;
        request.open(method, address);
        request.setRequestHeader("Accept", "application/json");
        request.setRequestHeader("X-CSRFToken", this.place.token);
        if (body instanceof Blob) {
          request.setRequestHeader("Content-Type", "application/octet-stream");
        }
        if (progress) {
          request.upload.addEventListener("progress", (event) => progress(event.loaded));
        }
        request.addEventListener("loadend", () => {
          this.request = null;
          this.answered(request, resolve, reject);
        });
        request.send(body);
      });
    }

    answered(request, resolve, reject) {
      let said = {};
      try {
        said = JSON.parse(request.responseText);
      } catch (error) {
        said = {}; // a page of a proxy, or nothing at all
      }
      if (request.status >= 200 && request.status < 300) {
        resolve(said);
      } else if (request.status === 401) {
        reject(new SignedOut());
      } else if (request.status === 0 || request.status >= 500) {
        reject(new Broken(said.message || ""));
      } else if (request.status === 404 && this.href && !request.responseURL.endsWith(this.place.begin)) {
        reject(new Broken(said.message || "")); // it was too old: it is announced anew
      } else {
        reject(new Refused(said.message || ""));
      }
    }
  }

  return Transfer;
})();
