/** A picture of how many times better Tidelog is, on a logarithmic scale, for light pages and dark ones. */
import { number, timesBetter } from './cells.mjs';

/** @typedef {import('../lib/rounds.mjs').Result} Result */
/** @typedef {{ label: string, times: number }} Bar */

const width = 860;
const labelWidth = 430;
const rowHeight = 20;
const top = 44;
const right = 60;
const ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];

const style = `text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 } .faint { fill: #6e7781 } line { stroke: #d0d7de } .one { stroke: #6e7781 }
.better { fill: #2da44e } .worse { fill: #cf222e }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .faint { fill: #8b949e }
line { stroke: #30363d } .one { stroke: #8b949e } .better { fill: #3fb950 } .worse { fill: #f85149 } }`;

/** @param {string} text */
export const escapeXml = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/**
 * The headlines of which there is a ratio.
 * @param {Result[]} results
 * @returns {Bar[]}
 */
export function bars(results) {
  return results.flatMap((result) =>
    result.headline
      .map((figure) => ({
        label: `${result.name}: ${result.figures[figure]?.unit}`,
        times: timesBetter(result, figure),
      }))
      .filter(({ times }) => Number.isFinite(times) && times > 0),
  );
}

/**
 * @param {Bar[]} all
 * @param {string} caption
 * @returns {string} SVG
 */
export function plot(all, caption) {
  const least = Math.min(0.5, ...all.map(({ times }) => times));
  const most = Math.max(2, ...all.map(({ times }) => times));
  const span = Math.log(most / least);
  const x = (/** @type {number} */ times) =>
    labelWidth + (Math.log(times / least) / span) * (width - labelWidth - right);
  const height = top + all.length * rowHeight + 28;
  const marks = ticks
    .filter((tick) => tick >= least && tick <= most)
    .map((tick) => {
      const at = x(tick).toFixed(1);
      const line = `<line x1="${at}" x2="${at}" y1="${top - 4}" y2="${height - 24}"${tick === 1 ? ' class="one"' : ''}/>`;
      return `${line}<text x="${at}" y="${height - 8}" text-anchor="middle" class="faint">${tick} ×</text>`;
    });
  const rows = all.map(({ label, times }, i) => {
    const y = top + i * rowHeight;
    const [from, to] = [x(Math.min(1, times)), x(Math.max(1, times))];
    const kind = times >= 1 ? 'better' : 'worse';
    return [
      `<text x="${labelWidth - 8}" y="${y + 14}" text-anchor="end">${escapeXml(label)}</text>`,
      `<rect x="${from.toFixed(1)}" y="${y + 3}" width="${(to - from).toFixed(1)}" height="${rowHeight - 6}" class="${kind}"/>`,
      `<text x="${(to + 5).toFixed(1)}" y="${y + 14}" class="faint">${number(times)} ×</text>`,
    ].join('');
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<style>${style}</style>
<text x="8" y="16" class="title">How many times better Tidelog is than Apache Kafka 4.3.1</text>
<text x="8" y="33" class="faint">${escapeXml(caption)}</text>
${marks.join('\n')}
${rows.join('\n')}
</svg>
`;
}
