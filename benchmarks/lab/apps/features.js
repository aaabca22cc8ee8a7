// Code that teams got wrong: it fails as such code fails, with the engine's own words.
"use strict";
const fs = require("fs");

function settlementTotal(order) {
  return order.lines.reduce((sum, line) => sum + line.net * line.rates.fx_rate, 0);
}

function deliveryWindow(address) {
  return address.region.slots[0].from;
}

const FEATURES = {
  async key_error(_app, item) {
    settlementTotal({ id: item.id, lines: [{ net: 12.5, qty: 2 }] });
  },
  async type_error() {
    deliveryWindow({ region: null, city: "-" });
  },
  async attribute_error(_app, item, options) {
    const pricekit = require(options.library + "/pricekit.js");
    pricekit.roundMoney(item.id / 7, "EUR");
  },
  async leak(app, _item, options) {
    app.hoard.push(Buffer.alloc((options.kb || 500) * 1024, "x"));
  },
  async leak_descriptor(app, _item, options) {
    for (let number = 0; number < (options.count || 1); number++) {
      app.hoard.push(fs.openSync("/proc/uptime", "r"));
    }
  },
  async block(_app, _item, options) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, (options.seconds || 0.4) * 1000);
  },
  async bad_settings(_app, _item, options, log) {
    if (!(options.key in JSON.parse(options.settings || "{}"))) {
      log("critical", `invalid configuration: required setting ${options.key} is not set, exiting`);
      process.exit(78);
    }
  },
};

module.exports = { FEATURES };
