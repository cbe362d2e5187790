import { asFields } from './errorBody.ts'
import { type OpenCall, requestJson } from './openCall.ts'
import { headerText } from './retryAfter.ts'

/**
 * llama.cpp takes tools for every model and answers in prose where the model's chat template does not know them; only `/props` says so.
 * By address; forgotten with the process, since another model may be served there tomorrow.
 */
const toolsByEndpoint = new Map<string, Promise<boolean>>()
const mostEndpoints = 100

/** Every answer of llama.cpp, a refusal too, names it. */
export function isLlamaCpp({ exchange }: OpenCall): boolean {
  return headerText(exchange.facts.headers, 'server') === 'llama.cpp'
}

/** Whether a forced tool call is worth asking for. `open`: for a question about the server; false only where it says so itself. */
export function takesTools(endpoint: string, open: () => OpenCall | null): Promise<boolean> {
  const known = toolsByEndpoint.get(endpoint)
  if (known !== undefined) return known
  if (toolsByEndpoint.size >= mostEndpoints) toolsByEndpoint.clear()
  const asked = askProps(endpoint, open())
  toolsByEndpoint.set(endpoint, asked)
  return asked
}

async function askProps(endpoint: string, open: OpenCall | null): Promise<boolean> {
  if (open === null) return true
  const props = await requestJson(open, `${endpoint.replace(/\/v1$/, '')}/props`)
  const caps = props.ok ? asFields(asFields(props.value)?.chat_template_caps) : null
  return caps?.supports_tools !== false
}
