// Decodes one packet of a file with one of the npm decoders; prints what came of it, ms, and MB over what was there.
//
//   node hostile.cjs bilibili-live-ws|tiny-bilibili-ws PACKET
const fs = require("node:fs");
const { decoders } = require("./decoders.cjs");

const [peer, file] = process.argv.slice(2);

(async () => {
  const decode = decoders[peer]();
  const packet = fs.readFileSync(file);
  const before = process.resourceUsage().maxRSS;
  const begun = process.hrtime.bigint();
  let result;
  try {
    result = `${(await decode(packet)).length} told`;
  } catch (error) {
    result = `throws ${error.name}`;
  }
  const ms = Number(process.hrtime.bigint() - begun) / 1e6;
  const mb = (process.resourceUsage().maxRSS - before) / 1024;
  console.log(JSON.stringify({ result, ms, mb }));
})();
