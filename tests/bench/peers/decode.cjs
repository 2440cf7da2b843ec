// Decodes the frames of a file with one of the npm decoders, so often that it takes a while, and prints
// messages and the processor's seconds of the best pass; with `--lines` prints each line of chat instead.
//
//   node decode.cjs bilibili-live-ws|tiny-bilibili-ws FRAMES PASSES
const fs = require("node:fs");
const { decoders } = require("./decoders.cjs");

const [peer, file, passes] = process.argv.slice(2);

function frames() {
  const bytes = fs.readFileSync(file);
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    found.push(bytes.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return found;
}

(async () => {
  const decode = decoders[peer]();
  const all = frames();
  if (passes === "--lines") {
    for (const frame of all) {
      for (const { data } of await decode(frame)) {
        if (data?.cmd?.startsWith("DANMU_MSG")) {
          const [meta, text, [uid, name]] = data.info;
          console.log(JSON.stringify([JSON.parse(meta[15].extra).id_str, meta[4], uid, name, text]));
        }
      }
    }
    return;
  }
  let best = Infinity;
  let messages = 0;
  for (let pass = 0; pass < Number(passes); pass++) {
    messages = 0;
    const begun = process.cpuUsage();
    for (const frame of all) messages += (await decode(frame)).length;
    const { user, system } = process.cpuUsage(begun);
    best = Math.min(best, (user + system) / 1e6);
  }
  console.log(JSON.stringify({ messages, seconds: best }));
})();
