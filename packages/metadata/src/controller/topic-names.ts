const MAX_NAME_LENGTH = 249;
const LEGAL_NAME = /^[a-zA-Z0-9._-]+$/;

/** The topic of the metadata log, which nobody may create. */
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata';

/** Answers why a topic cannot have this name, or undefined when it can. */
export function topicNameProblem(name: string): string | undefined {
  const reason = illegality(name);
  return reason === undefined ? undefined : `Topic name is invalid: ${reason}`;
}

function illegality(name: string): string | undefined {
  if (name === '') return 'the empty string is not allowed';
  if (name === '.' || name === '..') return `'${name}' is not allowed`;
  if (name.length > MAX_NAME_LENGTH) {
    return `the length of '${name}' is longer than the max allowed length ${MAX_NAME_LENGTH}`;
  }
  if (LEGAL_NAME.test(name)) return undefined;
  return `'${name}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
}

/**
 * Names that differ only in `.` and `_`. Metric names have no dots, so two such topics would share
 * their metrics.
 */
export class TopicNameCollisions {
  readonly #byUnified = new Map<string, Set<string>>();

  add(name: string): void {
    if (!canCollide(name)) return;
    const unified = unify(name);
    const names = this.#byUnified.get(unified);
    if (names === undefined) this.#byUnified.set(unified, new Set([name]));
    else names.add(name);
  }

  remove(name: string): void {
    const unified = unify(name);
    const names = this.#byUnified.get(unified);
    names?.delete(name);
    if (names?.size === 0) this.#byUnified.delete(unified);
  }

  /** An existing topic that `name` would be mistaken for, `name` itself included. */
  find(name: string): string | undefined {
    if (!canCollide(name)) return undefined;
    const [first] = this.#byUnified.get(unify(name)) ?? [];
    return first;
  }
}

function canCollide(name: string): boolean {
  return name.includes('.') || name.includes('_');
}

function unify(name: string): string {
  return name.replaceAll('.', '_');
}
