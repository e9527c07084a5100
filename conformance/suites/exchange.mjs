export const exchange = { name: 'exchange', client: 'exchange', needs: /** @type {const} */ ('running'), run: async () => {} };
