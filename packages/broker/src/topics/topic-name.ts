const LEGAL = /^[a-zA-Z0-9._-]{1,249}$/;

/** Whether Kafka would accept a name for a topic: up to 249 of `[a-zA-Z0-9._-]`, not `.` or `..`. */
export function isValidTopicName(name: string): boolean {
  return LEGAL.test(name) && name !== '.' && name !== '..';
}
