/**
 * What is used of OpenTelemetry's API, by its shape alone: `@opentelemetry/api` fits, and nothing of it is
 * imported. Contexts and spans are passed on as they come, so their own types stay the user's.
 */
export interface OtelApi<Context, Span extends OtelSpan> {
  readonly context: {
    active(): Context;
    with<Result>(context: Context, call: () => Result): Result;
  };
  readonly propagation: {
    inject<Carrier>(context: Context, carrier: Carrier, setter: OtelSetter<Carrier>): void;
    extract<Carrier>(context: Context, carrier: Carrier, getter: OtelGetter<Carrier>): Context;
  };
  readonly trace: {
    setSpan(context: Context, span: Span): Context;
  };
}

export interface OtelTracer<Context, Span extends OtelSpan> {
  startSpan(name: string, options: OtelSpanOptions, context: Context): Span;
}

export type OtelAttributes = Record<string, string | number | boolean>;

export interface OtelSpanOptions {
  /** SpanKind: 3 is PRODUCER, 4 is CONSUMER. */
  readonly kind: 3 | 4;
  readonly attributes: OtelAttributes;
}

export interface OtelSpan {
  setAttributes(attributes: OtelAttributes): unknown;
  /** 2 is ERROR. */
  setStatus(status: { code: 2; message: string }): unknown;
  recordException(error: Error): void;
  end(): void;
}

export interface OtelSetter<Carrier> {
  set(carrier: Carrier, key: string, value: string): void;
}

export interface OtelGetter<Carrier> {
  keys(carrier: Carrier): string[];
  get(carrier: Carrier, key: string): string | undefined;
}

export interface OtelMeter {
  createCounter(name: string, options: OtelMetricOptions): OtelCounter;
  createHistogram(name: string, options: OtelMetricOptions): OtelHistogram;
}

export interface OtelMetricOptions {
  readonly description: string;
  readonly unit: string;
}

export interface OtelCounter {
  add(value: number, attributes: OtelAttributes): void;
}

export interface OtelHistogram {
  record(value: number, attributes: OtelAttributes): void;
}
