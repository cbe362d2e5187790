import type { ReasonFacts } from '../../protocol/reasons.ts'
import type { Language } from '../language.ts'

type Unreachable = Extract<ReasonFacts, { code: 'provider_unreachable' }>

/** A server that a person starts on the own machine. */
export interface LocalServer {
  label: string
  /** A command line that starts it where the provider looks for it; null: only its window does. */
  command: string | null
  /** What has to be done, in words, with the command. */
  howToStart(language: Language): string
}

interface Known {
  label: string
  /** Where it is unless somebody moved it. */
  port: number
  /** What the names of providers for it begin with. */
  names: readonly string[]
  /** Absent: only its window does. `isMoved`: it is wanted at another port than the usual one. */
  command?(port: number, isMoved: boolean): string
  /** Absent: by the command alone. */
  inWindow?(language: Language): string
}

const known: Record<string, Known> = {
  ollama: {
    label: 'Ollama',
    port: 11_434,
    names: ['ollama'],
    command: (port, isMoved) => (isMoved ? `OLLAMA_HOST=127.0.0.1:${port} ollama serve` : 'ollama serve'),
    inWindow: ({ t }) => t('Start the Ollama app'),
  },
  lmStudio: {
    label: 'LM Studio',
    port: 1234,
    names: ['lm-studio', 'lmstudio'],
    command: (port, isMoved) => `lms server start${isMoved ? ` --port ${port}` : ''}`,
    inWindow: ({ t }) => t("Start the server in LM Studio's Developer tab"),
  },
  vllm: {
    label: 'vLLM',
    port: 8000,
    names: ['vllm'],
    command: (port, isMoved) => `vllm serve MODEL${isMoved ? ` --port ${port}` : ''}`,
  },
  llamaCpp: {
    label: 'llama.cpp',
    port: 8080,
    names: ['llama-cpp', 'llama.cpp', 'llamacpp', 'llama-server'],
    command: (port, isMoved) => `llama-server -m MODEL.gguf${isMoved ? ` --port ${port}` : ''}`,
  },
  sglang: {
    label: 'SGLang',
    port: 30_000,
    names: ['sglang'],
    command: (port, isMoved) => `python -m sglang.launch_server --model-path MODEL${isMoved ? ` --port ${port}` : ''}`,
  },
  localai: { label: 'LocalAI', port: 8080, names: ['localai', 'local-ai'], command: () => 'local-ai run' },
  litellm: {
    label: 'LiteLLM',
    port: 4000,
    names: ['litellm'],
    command: (port, isMoved) => `litellm --config config.yaml${isMoved ? ` --port ${port}` : ''}`,
  },
  jan: {
    label: 'Jan',
    port: 1337,
    names: ['jan'],
    inWindow: ({ t }) => t("Start the Local API Server in Jan's settings"),
  },
}

/** llama.cpp has announced to move there. */
const otherPorts: Record<string, Known | undefined> = { '9931': known.llamaCpp }

/** The servers that a scan of this machine asks for, each with its usual ports. */
export const scannedServers: readonly { label: string; ports: readonly number[] }[] = [
  known.ollama,
  known.lmStudio,
  known.vllm,
  known.llamaCpp,
  known.litellm,
].flatMap((server) => (server ? [{ label: server.label, ports: portsOf(server) }] : []))

function portsOf(server: Known): number[] {
  const others = Object.keys(otherPorts).filter((port) => otherPorts[port] === server)
  return [server.port, ...others.map(Number)]
}

/** "Ollama (11434), LM Studio (1234), …": what a scan has asked. */
export function scannedText(): string {
  return scannedServers.map(({ label, ports }) => `${label} (${ports.join(', ')})`).join(', ')
}

/** What a scan that found nothing has asked, and what to do. */
export function nothingFoundSentence({ t }: Language): string {
  return t(
    'Nothing answered on this machine at the usual ports of {0}. Start one of these and scan again, or add a server that is elsewhere by its address.',
    scannedText(),
  )
}

const loopback = /^https?:\/\/(?:localhost|[\w.-]+\.localhost|127(?:\.\d+){3}|0\.0\.0\.0|\[::1?\]):(\d+)(?:\/|$)/i

/**
 * What is most likely meant to run at an address of this machine, by the kind of the provider, else by its name, else by the port.
 * Null: it is another machine, or nothing that is known.
 */
export function localServer({
  provider,
  endpoint,
  server,
}: Pick<Unreachable, 'endpoint' | 'server'> & { provider?: string }): LocalServer | null {
  const port = loopback.exec(endpoint)?.[1]
  if (port === undefined) return null
  const found = (server && known[server]) ?? byName(provider ?? '') ?? byPort(port)
  if (!found) return null
  const { label, command, inWindow, port: usual } = found
  const isMoved = Number(port) !== usual && otherPorts[port] !== found
  const line = command?.(Number(port), isMoved) ?? null
  return {
    label,
    command: line,
    howToStart(language) {
      if (inWindow && line !== null) return language.t('{0}, or run "{1}".', inWindow(language), line)
      return inWindow ? `${inWindow(language)}.` : language.t('Run "{0}".', line ?? '')
    },
  }
}

function byName(provider: string): Known | undefined {
  return Object.values(known).find(({ names }) => names.some((name) => provider.startsWith(name)))
}

function byPort(port: string): Known | undefined {
  return otherPorts[port] ?? Object.values(known).find((each) => each.port === Number(port))
}
