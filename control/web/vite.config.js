// Builds the page into one file, page.html, and the map's finer outlines into atlas-50m.json.
import { readFileSync, writeFileSync } from 'node:fs';
import { quantize } from 'topojson-client';
import { defineConfig } from 'vite';

const here = (name) => new URL(name, import.meta.url);
const kSteps = 6000; // of the finer map over its width: 0.06 degrees, a quarter pixel at 1440

/** Script and style go into the document itself: the server allows them by their hashes alone. */
function oneFile() {
  return {
    name: 'one-file',
    enforce: 'post',
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const page = files.find((file) => file.fileName.endsWith('.html'));
      const script = files.find((file) => file.type === 'chunk');
      const style = files.find((file) => file.fileName.endsWith('.css'));
      const code = script.code.trim().replaceAll('</script', '<\\/script').replaceAll('<!--', '<\\!--');
      page.source = page.source
        .replace(/\s*<script type="module"[^>]*><\/script>/, '')
        .replace(/<link rel="stylesheet"[^>]*>/, () => `<style>${style.source.trim()}</style>`)
        .replace('</body>', () => `<script type="module">${code}</script>\n</body>`);
      for (const file of [script, style]) delete bundle[file.fileName];
    },
    writeBundle(options, bundle) {
      const page = Object.values(bundle).find((file) => file.fileName.endsWith('.html'));
      writeFileSync(here('page.html'), page.source);
      writeFileSync(here('atlas-50m.json'), reducedAtlas());
    },
  };
}

/** The countries alone, on a coarser grid, with names only where there is no number. */
function reducedAtlas() {
  const atlas = JSON.parse(readFileSync(here('node_modules/world-atlas/countries-50m.json'), 'utf8'));
  const { scale, translate } = atlas.transform;
  for (const arc of atlas.arcs) {
    let x = 0, y = 0;
    arc.forEach(([dx, dy], i) => {
      x += dx, y += dy;
      arc[i] = [x * scale[0] + translate[0], y * scale[1] + translate[1]];
    });
  }
  delete atlas.transform;
  delete atlas.objects.land;
  atlas.objects.countries.geometries.forEach((each) => {
    if (each.id !== undefined) delete each.properties;
  });
  return JSON.stringify(quantize(atlas, kSteps)) + '\n';
}

export default defineConfig({
  base: './',
  plugins: [oneFile()],
  build: {
    target: 'es2022',
    cssCodeSplit: false,
    modulePreload: false,
    reportCompressedSize: false,
  },
});
