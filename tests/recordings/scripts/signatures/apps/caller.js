// A client: calls URL over and over and logs how each call went.
const [url, seconds] = process.argv.slice(2);
const http = require(url.startsWith("https") ? "https" : "http");
const say = (level, msg, more) => console.log(JSON.stringify({ level, time: new Date().toISOString(), service: "catalog", msg, ...more }));
const until = Date.now() + 1000 * Number(seconds);
let number = 0;
function call() {
  if (Date.now() > until) process.exit(0);
  number += 1;
  const request = http.get(`${url}/${number}`, { timeout: 3000, agent: false }, (answer) => {
    answer.resume();
    answer.on("end", () => say("info", "stock read", { item: number, status: answer.statusCode }));
    answer.on("error", (error) => say("error", "stock not read", { item: number, err: error.message, code: error.code, stack: error.stack }));
  });
  request.on("error", (error) => say("error", "stock not read", { item: number, err: error.message, code: error.code, stack: error.stack }));
  setTimeout(call, 50 + Math.random() * 300);
}
call();
