export const apis = { name: 'apis', client: 'apis', needs: /** @type {const} */ ('running'), run: async () => {} };
