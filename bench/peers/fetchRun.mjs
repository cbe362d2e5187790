import { requestTemplate, runItemByItem } from './itemByItem.mjs'

const { url, request, messagesFor } = requestTemplate()
const headers = { 'content-type': 'application/json' }

await runItemByItem(async (texts) => {
  const body = JSON.stringify({ ...request, stream: false, messages: messagesFor(texts) })
  const response = await fetch(`${url}/chat/completions`, { method: 'POST', headers, body })
  return (await response.json()).choices[0].message.content
})
process.exit()
