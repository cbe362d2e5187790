import type { OpenAI } from 'openai'
import { bodyBytes } from './bodyJson.ts'
import type { OpenCall } from './openCall.ts'
import { beyondOurDeadlinesMs, type CallRouting, keyIsAddedLater, rememberClients, sharedFetch } from './sdkFetch.ts'

/** Where an API of this family is. `query` goes with every request. */
export interface SdkPlace {
  baseUrl: string
  query?: Record<string, string>
}

/** The one place that loads the OpenAI SDK. Everything explicit: what is left out, the SDK takes from stray variables. */
export const openaiClientOf = rememberClients(async (baseURL) => {
  const { OpenAI: Sdk } = await import('openai')
  const Client = withoutDetours(Sdk)
  return new Client({
    baseURL,
    apiKey: keyIsAddedLater,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: beyondOurDeadlinesMs,
    logLevel: 'off',
    fetch: sharedFetch,
  })
})

/** Hands the call's exchange through the SDK to its `fetch`. */
export function through({ exchange }: OpenCall, { query }: Pick<SdkPlace, 'query'> = {}) {
  return { fetchOptions: { exchange } as object, ...(query ? { query } : {}) }
}

const ofJson = { accept: 'application/json', 'content-type': 'application/json' }

/**
 * The SDK with its own hooks set to what a call of ours is: JSON posted to one address, answered whole. The transport has its headers,
 * deadlines and abort; those that the SDK makes for each request cost four times as much as everything else that it does.
 */
function withoutDetours(Sdk: typeof OpenAI): typeof OpenAI {
  return class extends Sdk {
    readonly #headers = new Headers(ofJson)

    override async buildRequest(...request: Parameters<OpenAI['buildRequest']>) {
      const [{ method, path, query, body, stream, headers, fetchOptions }] = request
      const isPlain = method === 'post' && stream !== true && headers === undefined && isFields(body)
      if (!isPlain) return await super.buildRequest(...request)
      const url = query ? this.buildURL(path, query as Record<string, unknown>) : `${this.baseURL}${path}`
      const req = { method, headers: this.#headers, body: bodyBytes(body), ...(fetchOptions as object) }
      return { req, url, timeout: this.timeout }
    }

    override async fetchWithTimeout(...request: Parameters<OpenAI['fetchWithTimeout']>) {
      const [url, init] = request
      if (init?.headers !== this.#headers) return await super.fetchWithTimeout(...request)
      const { exchange, body } = init as RequestInit & CallRouting
      return await exchange.fetch(url, { method: 'POST', headers: ofJson, body: body ?? null })
    }
  }
}

function isFields(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.getPrototypeOf(body) === Object.prototype
}
