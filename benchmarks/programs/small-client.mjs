/** The thread of `smallClient`: produces until it is told to stop, and answers with what it has timed. */
import { parentPort, workerData } from 'node:worker_threads';
import { connect } from '../lib/client.mjs';
import { smallProduces } from '../lib/small-produces.mjs';

const { port, topic, gapMs } = workerData;
let isOver = false;
parentPort?.once('message', () => (isOver = true));
const connection = await connect(port);
const samples = await smallProduces(connection, { topic, gapMs }, () => isOver);
connection.close();
parentPort?.postMessage(samples, []);
