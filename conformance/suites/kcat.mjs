export const kcat = { name: 'kcat', client: 'kcat', needs: /** @type {const} */ ('running'), run: async () => {} };
