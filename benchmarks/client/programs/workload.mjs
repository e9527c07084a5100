/**
 * What each program does, whatever its client: `node PROGRAM TASK` with the task as JSON. It prints one
 * line of JSON, the outcome.
 *
 * @typedef {object} Task
 * @property {'produce' | 'consume' | 'latency'} what
 * @property {string} bootstrap
 * @property {string} topic
 * @property {number} records
 * @property {number} recordBytes
 * @property {boolean} singly records sent or read one at a time, not in arrays
 * @property {string} codec
 * @property {string} packages where foreign clients are installed
 *
 * @typedef {object} Client
 * @property {(messages: Message[]) => Promise<unknown>} [sendAll]
 * @property {(message: Message) => Promise<unknown>} [send]
 * @property {(onRecords: (count: number, first: any) => void) => Promise<unknown>} [consume] tells how
 *   many records came, with the value of the first
 * @property {() => Promise<unknown>} close
 *
 * @typedef {{ key: Buffer, value: Buffer }} Message
 */

/** Records in one array, and how many single sends wait at the same time. */
const chunk = 1000;
const keys = 100;
/** Not counted: compilers warm up, connections and metadata come. */
export const warmUpShare = 0.25;
const latencyGapMs = 5;

/** @param {(task: Task) => Promise<Client>} connect */
export async function main(connect) {
  const task = /** @type {Task} */ (JSON.parse(process.argv[2] ?? '{}'));
  const client = await connect(task);
  const outcome = await workloads[task.what](client, task);
  console.log(JSON.stringify({ ...outcome, peakMB: process.resourceUsage().maxRSS / 1000 }));
  await client.close();
  process.exit(0);
}

const workloads = { produce, consume, latency };

/** @param {{ recordBytes: number }} task */
export function messages({ recordBytes }) {
  // As text that compresses by half or so.
  const word = (/** @type {number} */ i) => ((i * 2654435761) >>> 0).toString(36);
  return Array.from({ length: chunk }, (_, i) => {
    let text = '';
    for (let w = i; text.length < recordBytes; w++) text += `${word(w)} order `;
    return { key: Buffer.from(`key-${i % keys}`), value: Buffer.from(text.slice(0, recordBytes)) };
  });
}

/**
 * What a consumer of kafkajs's API runs.
 * @param {boolean} singly
 * @param {(count: number, first: any) => void} onRecords
 */
export function whileRunning(singly, onRecords) {
  if (singly) {
    return { eachMessage: async (/** @type {any} */ { message }) => onRecords(1, message.value) };
  }
  return {
    eachBatch: async (/** @type {any} */ { batch }) => {
      let bytes = 0;
      for (const message of batch.messages) bytes += message.value.length;
      if (bytes > 0) onRecords(batch.messages.length, batch.messages[0].value);
    },
  };
}

function meter() {
  const begin = { at: performance.now(), cpu: process.cpuUsage() };
  return (/** @type {number} */ records) => {
    const { user, system } = process.cpuUsage(begin.cpu);
    const seconds = (performance.now() - begin.at) / 1000;
    return { records, seconds, cpuSeconds: (user + system) / 1e6 };
  };
}

/** @param {Client} client @param {Task} task */
async function produce(client, task) {
  const batch = messages(task);
  const send = async () => {
    if (task.singly) await Promise.all(batch.map(async (message) => client.send?.(message)));
    else await client.sendAll?.(batch);
  };
  const rounds = Math.ceil(task.records / chunk);
  for (let i = 0; i < rounds * warmUpShare; i++) await send();
  const outcome = meter();
  // Two arrays under way: the one is sent while the other is encoded.
  let before = Promise.resolve();
  for (let i = 0; i < rounds; i++) {
    const now = send();
    await before;
    before = now;
  }
  await before;
  return outcome(rounds * chunk);
}

/** @param {Client} client @param {Task} task */
function consume(client, task) {
  return new Promise((resolve, reject) => {
    let count = 0;
    let begun = 0;
    let outcome = meter();
    client
      .consume?.((records) => {
        count += records;
        if (count >= task.records) resolve(outcome(count - begun));
        else if (begun === 0 && count >= task.records * warmUpShare) {
          begun = count;
          outcome = meter();
        }
      })
      .catch(reject);
  });
}

/** From before `send` until the record is handed to the consumer. @param {Client} client @param {Task} task */
async function latency(client, task) {
  /** @type {number[]} */
  const taken = [];
  /** @type {((at: number) => void) | undefined} */
  let arrived;
  void client.consume?.((_, first) => arrived?.(Number(String(first))));
  const once = async () => {
    const came = new Promise((resolve) => (arrived = resolve));
    const sent = performance.now();
    await client.send?.({ key: Buffer.from('k'), value: Buffer.from(String(sent)) });
    if ((await came) === sent) taken.push(performance.now() - sent);
    await new Promise((resolve) => setTimeout(resolve, latencyGapMs));
  };
  // The consumer's place is found when the first record comes through.
  while (taken.length === 0) await Promise.race([once(), new Promise((r) => setTimeout(r, 500))]);
  for (let i = 0; i < task.records; i++) await once();
  const sorted = taken.slice(Math.floor(taken.length * warmUpShare)).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.floor(sorted.length * share)];
  return { p50: at(0.5), p99: at(0.99) };
}
