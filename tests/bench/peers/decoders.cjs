// The decoders of the npm clients, by name.
exports.decoders = {
  "bilibili-live-ws": () => {
    const { makeDecoder } = require("bilibili-live-ws/src/buffer.js");
    const { inflates } = require("bilibili-live-ws/src/inflate/node.js");
    return makeDecoder(inflates);
  },
  "tiny-bilibili-ws": () => {
    const { deserialize } = require("tiny-bilibili-ws");
    return deserialize;
  },
};
