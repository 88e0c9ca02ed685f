// Runs the tests of this folder, as `.ci/wasm` has built them: node tests/wasm/run.mjs FILE.wasm
import { readFile } from "node:fs/promises";

// `run` has every test print a line, and `end` tells how many there were. A panic is an exception here, which ends node.
const deadline = setTimeout(() => {
  console.error("a test waits for a callback that does not come");
  process.exit(1);
}, 60_000);

const javascript = {
  set_timeout: (milliseconds, token) => setTimeout(() => rust.fire(token), milliseconds),
  log: (text, length) => console.log(new TextDecoder().decode(new Uint8Array(rust.memory.buffer, text, length))),
  end: (tests) => {
    clearTimeout(deadline);
    console.log(`test result: ok. ${tests} passed; 0 failed`);
  },
};

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), { javascript });
const rust = instance.exports;
rust.run();
