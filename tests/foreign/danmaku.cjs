// Two clients that others wrote listen to a room of the played Bilibili, each in every form of the protocol, and
// print what they hear. Nothing leaves this machine: their calls of the platform go to the address given.
//
//   node danmaku.cjs http://127.0.0.1:PORT COOKIE UID ROOM
const http = require("node:http");
const https = require("node:https");

const [base, cookie, uid, room] = process.argv.slice(2);
const address = new URL(base);
const here = { protocol: "http:", hostname: address.hostname, port: address.port };

https.get = (url, options, then) => {
  const { pathname, search } = new URL(url);
  return http.get({ ...options, ...here, path: pathname + search }, then);
};
https.request = (options, then) => http.request({ ...options, ...here }, then);

const { LiveWS } = require("bilibili-live-ws");
const { KeepLiveWS, getCachedInfo } = require("tiny-bilibili-ws");

const tell = (what) => process.stdout.write(`${JSON.stringify(what)}\n`);

const main = async () => {
  const headers = { Cookie: cookie };
  // Signed by tiny-bilibili-ws.
  const [, door, buvid] = await getCachedInfo(Number(room), { headers });
  const [host] = door.data.host_list;
  const who = { uid: Number(uid), key: door.data.token, buvid };
  const live = [];
  const listen = (client, source, command) => {
    live.push(new Promise((resolve) => source.on("live", resolve)));
    source.on("msg", (message) => tell({ client, message: command(message) }));
    source.on("heartbeat", (number) => tell({ client, heartbeat: number }));
    source.on("error", (error) => tell({ client, error: String(error) }));
  };
  for (const protover of [1, 2, 3]) {
    const options = { ...who, protover };
    const tiny = new KeepLiveWS(Number(room), { ...options, headers, ssl: false, port: host.ws_port, keepalive: false });
    listen(`tiny-bilibili-ws ${protover}`, tiny, (message) => message.data);
    const other = new LiveWS(Number(room), { ...options, address: `ws://${host.host}:${host.ws_port}/sub` });
    listen(`bilibili-live-ws ${protover}`, other, (message) => message);
  }
  await Promise.all(live);
  tell({ ready: live.length });
};

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
