import { pbkdf2Sync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SaslError } from './sasl-error.ts';
import { MAX_ITERATIONS, ScramClient, type ScramMechanism } from './scram-client.ts';

const NONCE = 'rOprNGfwEbeRWgbNEkqO';
const SERVER_NONCE = `${NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`;
const SERVER_FIRST = `r=${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`;

const client = (mechanism: ScramMechanism = 'SCRAM-SHA-256', username = 'user') =>
  new ScramClient(mechanism, username, NONCE);

function proofOf(scram: ScramClient, password: string): string {
  const { salt, iterations, sizeBytes, hash } = scram.challenged(Buffer.from(SERVER_FIRST));
  return scram.proof(pbkdf2Sync(password, salt, iterations, sizeBytes, hash)).toString();
}

const fails = (act: () => void): unknown => {
  try {
    act();
  } catch (error) {
    if (error instanceof SaslError) return error.message;
    throw error;
  }
  return expect.fail('nothing was refused');
};

describe('ScramClient', () => {
  it('says what RFC 7677 says', () => {
    const scram = client();
    expect(scram.first().toString()).toBe(`n,,n=user,r=${NONCE}`);
    expect(proofOf(scram, 'pencil')).toBe(
      `c=biws,r=${SERVER_NONCE},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    );
    scram.verify(Buffer.from('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='));
  });

  // Worked out by another implementation of RFC 5802.
  it('escapes names, takes UTF-8 as it is, and has SHA-512', () => {
    const scram = client('SCRAM-SHA-512', 'Zoë=a,b');
    expect(scram.first().toString()).toBe(`n,,n=Zoë=3Da=2Cb,r=${NONCE}`);
    expect(proofOf(scram, 'pássword')).toBe(
      `c=biws,r=${SERVER_NONCE},p=6vzdDVprT4WiMyems+yQmpvA+sa5JuBPbzIGCteFw9APvtvWhIbCrdgUMcDMHosnN2ZZs9rf6DoKtrxICzTkVQ==`,
    );
    scram.verify(
      Buffer.from(
        'v=fmsDO4aR0q6ndVH+NLfnaqAkJFNGZ8ChjB27Y27ZQDhVVs4AFsefe1kWt1G33AtFhDfdLczBnemGQFsBQojDhA==',
      ),
    );
  });

  it.each<[string, string, RegExp]>([
    ['takes the nonce of another', `r=other${SERVER_NONCE},s=AAAA,i=4096`, /nonce/],
    ['adds nothing to the nonce', `r=${NONCE},s=AAAA,i=4096`, /nonce/],
    ['asks for too little work', `r=${SERVER_NONCE},s=AAAA,i=4095`, /iterations/],
    ['asks for too much work', `r=${SERVER_NONCE},s=AAAA,i=${MAX_ITERATIONS + 1}`, /iterations/],
    ['asks for endless work', `r=${SERVER_NONCE},s=AAAA,i=99999999999`, /malformed/],
    ['sends a salt without end', `r=${SERVER_NONCE},s=${'A'.repeat(4096)},i=4096`, /salt/],
    ['demands an extension', `m=x,r=${SERVER_NONCE},s=AAAA,i=4096`, /malformed/],
    ['says something else', 'e=other-error', /malformed/],
  ])('refuses a server that %s', (_name, message, reason) => {
    expect(fails(() => client().challenged(Buffer.from(message)))).toMatch(reason);
  });

  it('refuses a server that does not know the password', () => {
    for (const last of ['v=AAAA', `v=${Buffer.alloc(32).toString('base64')}`, 'v=']) {
      const scram = client();
      proofOf(scram, 'pencil');
      expect(fails(() => scram.verify(Buffer.from(last)))).toMatch(/impostor/);
    }
  });

  it("tells the server's reason", () => {
    const scram = client();
    proofOf(scram, 'pencil');
    expect(fails(() => scram.verify(Buffer.from('e=invalid-proof')))).toMatch(/invalid-proof/);
  });

  it('refuses a server that ends before it has heard a proof', () => {
    expect(fails(() => client().verify(Buffer.from('v=AAAA')))).toMatch(/too early/);
  });

  it('takes any bytes without harm', () => {
    const message = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.string().map((text) => Buffer.from(`r=${SERVER_NONCE},${text}`)),
      fc.string().map((text) => Buffer.from(`v=${text}`)),
    );
    fc.assert(
      fc.property(message, (bytes) => {
        expect(typeof fails(() => client().challenged(bytes))).toBe('string');
        expect(typeof fails(() => client().verify(bytes))).toBe('string');
      }),
    );
  });
});
