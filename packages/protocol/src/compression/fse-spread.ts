/**
 * Lays the symbols of a distribution over the states of an FSE table (RFC 8878, 4.1.1): the rare ones,
 * whose share is -1, from the end, the others in steps that scatter them.
 */
export function spreadSymbols(distribution: readonly number[], size: number): Uint8Array {
  const symbols = new Uint8Array(size);
  const step = (size >> 1) + (size >> 3) + 3;
  let last = size - 1;
  distribution.forEach((share, symbol) => {
    if (share === -1) symbols[last--] = symbol;
  });
  let at = 0;
  distribution.forEach((share, symbol) => {
    for (let i = 0; i < share; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at > last);
    }
  });
  return symbols;
}
