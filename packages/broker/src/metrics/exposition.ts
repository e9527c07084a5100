export type MetricType = 'counter' | 'gauge' | 'summary';
/** Label names to values, in the order in which they are shown. */
type NamedLabels = Readonly<Record<string, string | number>>;
/** Where clients name the labels, they stand in a Map. */
export type Labels = NamedLabels | ReadonlyMap<string, string>;

interface Family {
  readonly type: MetricType;
  readonly help: string;
  readonly lines: string[];
}

/** Metrics as text in the format of Prometheus (version 0.0.4), family by family. */
export class Exposition {
  readonly #families = new Map<string, Family>();

  counter(name: string, help: string, value: number, labels: Labels = {}): void {
    this.#family(name, 'counter', help).lines.push(line(name, labels, value));
  }

  gauge(name: string, help: string, value: number, labels: Labels = {}): void {
    this.#family(name, 'gauge', help).lines.push(line(name, labels, value));
  }

  /** `quantiles`: pairs of a quantile (0 to 1) and its value. */
  summary(
    name: string,
    help: string,
    { count, sum, quantiles }: Summary,
    labels: NamedLabels = {},
  ): void {
    const { lines } = this.#family(name, 'summary', help);
    for (const [quantile, value] of quantiles) {
      lines.push(line(name, { ...labels, quantile }, value));
    }
    lines.push(line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, count));
  }

  toString(): string {
    let text = '';
    for (const [name, { type, help, lines }] of this.#families) {
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('\n')}\n`;
    }
    return text;
  }

  #family(name: string, type: MetricType, help: string): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = { type, help, lines: [] };
      this.#families.set(name, family);
    }
    return family;
  }
}

export interface Summary {
  readonly count: number;
  readonly sum: number;
  readonly quantiles: readonly (readonly [number, number])[];
}

function line(name: string, labels: Labels, value: number): string {
  const entries = labels instanceof Map ? [...labels] : Object.entries(labels);
  const pairs = entries.map(([label, text]) => `${label}="${escape(String(text))}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${number(value)}`;
}

function escape(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function number(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
