// Finds the addon that fits this machine: one that was built here, else one that came with the package.
// Exports null where there is none, or where the environment says that it is not wanted.
const { existsSync } = require('node:fs');
const path = require('node:path');

/** Of what the addon exports (`TIDELOG_NATIVE_REVISION` in src/addon.c): a stale build is as good as none. */
const REVISION = 4;

const places = [
  path.join(__dirname, 'build', 'Release', 'tidelog.node'),
  path.join(__dirname, 'prebuilds', `${process.platform}-${process.arch}`, 'tidelog.node'),
];

function load() {
  if (process.env.TIDELOG_NATIVE === 'off') return null;
  for (const place of places.filter(existsSync)) {
    try {
      const addon = require(place);
      if (addon.revision === REVISION) return addon;
    } catch {
      // Made for another C library.
    }
  }
  return null;
}

module.exports = load();
