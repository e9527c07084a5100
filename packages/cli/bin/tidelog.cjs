#!/usr/bin/env node
// npm links this at its installation, before the bundle is there.
require('../dist/tidelog.cjs');
