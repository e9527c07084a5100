/** The machine that a run is on: its cores, and how processes are kept to one of them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';

const ticksPerSecond = 100; // USER_HZ, the unit of /proc/PID/stat on every Linux
const canPin = cpus().length > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0;

/** Before a server's command line: it gets the first core for itself. */
export const onServerCore = canPin ? ['taskset', '-c', '0'] : [];

/** Before the command line of a process that makes load of its own. */
export const onLoadCore = canPin ? ['taskset', '-c', '1'] : [];

/** Keeps this process, which makes the load, on the second core. */
export function pinLoad() {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', '1', String(process.pid)]);
}

/**
 * CPU time, user and system, that a process has used so far.
 * @param {number} pid
 * @returns {number} seconds; NaN where there is no /proc
 */
export function cpuSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold spaces
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return Number.NaN;
  }
}

/**
 * Resident memory of a process.
 * @param {number} pid
 * @returns {number} MB; NaN where there is no /proc
 */
export const residentMB = (pid) => statusMB(pid, /VmRSS:\s+(\d+) kB/);

/**
 * The most that it has been.
 * @param {number} pid
 * @returns {number} MB; NaN where there is no /proc
 */
export const peakResidentMB = (pid) => statusMB(pid, /VmHWM:\s+(\d+) kB/);

/** @param {number} pid @param {RegExp} field */
function statusMB(pid, field) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    return (Number(field.exec(status)?.[1]) * 1024) / 1e6;
  } catch {
    return Number.NaN;
  }
}

/** One line for the reader of the table. */
export function describeMachine() {
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  const pinned = canPin
    ? 'the server on one core and the load on another'
    : 'nothing pinned to a core';
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  return `${cpus().length} × ${model}, ${memory}, Node ${process.versions.node}; ${pinned}`;
}
