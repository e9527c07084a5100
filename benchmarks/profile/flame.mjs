/** A flame graph in one SVG file: callers below what they call, as wide as their share of the time. */
import { escapeXml } from '../report/plot.mjs';

const width = 1400;
const rowHeight = 17;
const leastWidth = 0.6; // narrower ones cannot be seen
const letterWidth = 6.6;

/**
 * The same call has the same colour in every graph: a warm one for the server's code, a cold one for Node's.
 * @param {import('./fold.mjs').Call} call
 */
function colour({ name, place }) {
  let hash = 0;
  for (const letter of name) hash = (hash * 31 + letter.charCodeAt(0)) & 0xffff;
  const isOwn = place !== '' && !place.startsWith('node:');
  return isOwn ? `hsl(${18 + (hash % 34)} 85% 66%)` : `hsl(${200 + (hash % 30)} 35% 72%)`;
}

/** @param {import('./fold.mjs').Call} call @returns {number} */
const depthOf = (call) => 1 + Math.max(0, ...[...call.calls.values()].map(depthOf));

/**
 * @param {import('./fold.mjs').Call} root
 * @param {string} title
 * @returns {string} SVG
 */
export function flameGraph(root, title) {
  const height = (depthOf(root) + 2) * rowHeight;
  /** @type {string[]} */
  const boxes = [];
  const draw = (
    /** @type {import('./fold.mjs').Call} */ call,
    /** @type {number} */ x,
    /** @type {number} */ level,
  ) => {
    const wide = (call.micros / root.micros) * width;
    if (wide < leastWidth) return;
    const y = height - (level + 1) * rowHeight;
    const share = ((call.micros / root.micros) * 100).toFixed(1);
    const about = `${call.name} ${call.place} — ${share} %, ${(call.micros / 1000).toFixed(0)} ms`;
    const fits = Math.floor((wide - 4) / letterWidth);
    const text = fits < 3 ? '' : escapeXml(call.name.slice(0, fits));
    boxes.push(
      `<g><title>${escapeXml(about)}</title><rect x="${x.toFixed(1)}" y="${y}" width="${wide.toFixed(1)}" height="${rowHeight - 1}" fill="${colour(call)}"/><text x="${(x + 3).toFixed(1)}" y="${y + 12}">${text}</text></g>`,
    );
    let at = x;
    for (const next of [...call.calls.values()].sort((a, b) => b.micros - a.micros)) {
      draw(next, at, level + 1);
      at += (next.micros / root.micros) * width;
    }
  };
  draw(root, 0, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}">
<style>text { font: 11px ui-monospace, monospace; fill: #1f2328 } .title { font-size: 13px }</style>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="6" y="16" class="title">${escapeXml(title)}</text>
${boxes.join('\n')}
</svg>
`;
}
