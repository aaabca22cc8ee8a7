// Money, version 2: `roundMoney` became `quantize`.
"use strict";
module.exports = { quantize: (amount, places = 2) => Number(amount.toFixed(places)) };
