export const directories = { name: 'directories', client: 'directories', needs: /** @type {const} */ ('running'), run: async () => {} };
