/** Randomness, as a program sees it: seeded in the simulator, the system's in production. */
export interface Random {
  /** A uniform integer in [0, 2^32). */
  uint32(): number;
  /** A uniform integer in [0, bound). `bound` is at most 2^32. */
  below(bound: number): number;
  /** `length` random bytes. */
  bytes(length: number): Buffer;
  /**
   * A random id as Kafka prints it: 16 bytes (UUID v4 bits), URL-safe base64, 22 characters, never
   * one of Kafka's reserved ids and never starting with `-` (command lines would take it for a flag).
   */
  uuid(): string;
}
