// To work on the page without a monitor: node serve.mjs FOLDER [PORT]. FOLDER has recorded answers of the
// API, a file each: status.json, countries.json, countries_KP.json, countries_KP_series.json, …
import { createServer } from 'node:http';
import { readFileSync } from 'node:fs';

const [folder, port = '9470'] = process.argv.slice(2);
const web = new URL('../../control/web/', import.meta.url);
const begun = Date.now();

createServer((request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  try {
    if (path === '/') {
      const page = readFileSync(new URL('page.html', web), 'utf8');
      response.setHeader('Content-Type', 'text/html; charset=utf-8');
      response.end(page.replace('<!--lull-title-->', 'lull').replace('<!--lull-content-->', '<h1>…</h1>'));
    } else if (path === '/api/v1/stream') {
      response.setHeader('Content-Type', 'text/event-stream');
      const beat = setInterval(() => response.write('event: tick\ndata: {}\n\n'), 1000);
      response.on('close', () => clearInterval(beat));
    } else if (path === '/assets/atlas-50m.json') {
      response.end(readFileSync(new URL('atlas-50m.json', web)));
    } else {
      const text = readFileSync(`${folder}/${path.slice('/api/v1/'.length).replaceAll('/', '_')}.json`, 'utf8');
      const document = JSON.parse(text);
      if (document.published) document.published = new Date(Math.max(begun, Date.now() - 900)).toISOString();
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(document));
    }
  } catch (error) {
    response.statusCode = 404;
    response.end(JSON.stringify({ error: error.message }));
  }
}).listen(Number(port), '127.0.0.1');
