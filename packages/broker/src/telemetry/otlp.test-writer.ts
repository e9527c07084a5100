/** Metrics in protocol buffers, as OpenTelemetry's clients write them; for tests. */
export interface Point {
  readonly name: string;
  readonly kind: 'gauge' | 'delta' | 'cumulative';
  readonly value: number;
  readonly attributes?: readonly (readonly [string, string])[];
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, rest]);
}

function field(number: number, bytes: Buffer | string): Buffer {
  const content = Buffer.from(bytes as string);
  return Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);
}

function point({ value, attributes = [] }: Point): Buffer {
  const double = Buffer.alloc(9);
  double[0] = 4 * 8 + 1;
  double.writeDoubleLE(value, 1);
  const pairs = attributes.map(([key, text]) =>
    field(7, Buffer.concat([field(1, key), field(2, field(1, text))])),
  );
  return Buffer.concat([...pairs, double]);
}

export function encodeMetrics(points: readonly Point[]): Buffer {
  const metrics = points.map((one) => {
    const data = field(1, point(one));
    const temporality = Buffer.from([2 * 8, one.kind === 'delta' ? 1 : 2]);
    const body =
      one.kind === 'gauge' ? field(5, data) : field(7, Buffer.concat([data, temporality]));
    return field(2, Buffer.concat([field(1, one.name), body]));
  });
  const resource = field(1, field(1, field(1, 'service.name')));
  return field(1, Buffer.concat([resource, field(2, Buffer.concat(metrics))]));
}
