/** A SASL exchange that this side ends: the other one breaks the protocol, or cannot prove who it is. */
export class SaslError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SaslError';
  }
}
