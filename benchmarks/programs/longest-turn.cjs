// Loaded into a server (`node --require`): tells the process that started it, when it asks, how many ms the event
// loop was held at most since it asked before.
const { monitorEventLoopDelay } = require('node:perf_hooks');

const resolution = 1;
const delays = monitorEventLoopDelay({ resolution });
delays.enable();
process.on('message', () => {
  process.send?.(Math.max(0, delays.max / 1e6 - resolution));
  delays.reset();
});
process.channel?.unref();
