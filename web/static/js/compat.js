/* Domestic desktop browsers still run Chromium 90 to 97; the diagram viewer calls these two. */
(function () {
  "use strict";

  if (!Object.hasOwn) {
    Object.hasOwn = function (object, key) {
      return Object.prototype.hasOwnProperty.call(object, key);
    };
  }
  if (!window.structuredClone) {
    window.structuredClone = function (value) {
      return JSON.parse(JSON.stringify(value));
    };
  }
})();
