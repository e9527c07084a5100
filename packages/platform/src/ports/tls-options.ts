/**
 * How a connection is encrypted, and whom it trusts. PEM as text or bytes. Without anything the peer's
 * certificate must come from an authority that Node knows and carry the name that was connected to.
 */
export interface TlsOptions {
  /** Authorities to trust, instead of those that Node knows. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[] | undefined;
  /** The certificate of this side with its chain, where the peer asks for one, and its key. */
  readonly cert?: string | Buffer | undefined;
  readonly key?: string | Buffer | undefined;
  /** Of an encrypted `key` or `pfx`. */
  readonly passphrase?: string | undefined;
  /** Certificate and key in one PKCS#12 file. */
  readonly pfx?: Buffer | undefined;
  /** The name that the peer's certificate must carry; the host connected to when left out. */
  readonly servername?: string | undefined;
  /** False trusts whoever answers, and so protects from nobody who can change what is sent. */
  readonly rejectUnauthorized?: boolean | undefined;
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3' | undefined;
  /** Names of OpenSSL, separated by colons. */
  readonly ciphers?: string | undefined;
}
