import { test } from 'vitest'
import { startFakeOllama } from '../support/models/fakeOllama.ts'
import { startTestServer } from '../support/protocol/testServer.ts'
import { startFakeModelServer } from '../support/providers/fakeModelServer.ts'
import { panelsOfFile } from '../support/webview/panelsOfFile.ts'
import { createServer } from 'node:http'
const panels = panelsOfFile()
const shots: [string, number, number][] = [['dark',1280,800],['light',900,700],['contrast',900,700]]
test.each(shots)('%s', async (theme, width, height) => {
  const server = await startTestServer()
  const models = createServer((request, response) => {
    response.setHeader('content-type','application/json')
    response.end(JSON.stringify({ object:'list', data: [
      { id: 'solar-decide', object:'model', capabilities: ['decisions'], context_length: 32768, pricing: {prompt:'0.0000001', completion:'0.0000002'} },
      { id: 'corp-large-2', object:'model', context_length: 200000, max_model_len: 200000, pricing: {prompt:'0.000003', completion:'0.000015'} },
      { id: 'corp-mini-2', object:'model', max_model_len: 128000 }, { id:'corp-embed', object:'model' },
      ...Array.from({length: 12}, (_, i) => ({ id: `team-model-${i}`, object:'model' })) ] }))
  })
  await new Promise<void>((r) => models.listen(0,'127.0.0.1',() => r()))
  const port = (models.address() as any).port
  const panel = await panels.open({ server, theme: theme as never, width, height, place: { page: 'providers', target: '+' }, commands: {
    pasteKey: () => ({ kind: null, ending: '…abcd' }),
    testDraft: (values) => server.request('provider/test', values),
    keepKey: () => false } })
  const { page } = panel
  await page.getByRole('textbox', { name: /^Address/ }).waitFor()
  await page.screenshot({ path: `/tmp/shots/${theme}-1.png` })
  await page.getByRole('textbox', { name: /^Address/ }).fill('sk-fake-0123456789abcdef')
  await page.screenshot({ path: `/tmp/shots/${theme}-2.png` })
  await page.getByRole('textbox', { name: /^Address/ }).fill(`http://127.0.0.1:${port}`)
  await page.getByRole('main').getByText('The connection works').waitFor()
  await page.screenshot({ path: `/tmp/shots/${theme}-3.png`, fullPage: true })
  await page.getByRole('button', { name: 'Use for both tasks' }).click()
  await page.getByText('Scoring: ready').waitFor()
  await page.screenshot({ path: `/tmp/shots/${theme}-4.png`, fullPage: true })
  await panels.close(); await server.stop(); models.close()
})
