import { listKinds } from '../providers/registry.ts'
import { type FoundModel, nothing, type Reading } from './services.ts'

/** What the environment is called as a source. */
export const environmentName = 'environment'

/** Where programs expect the address of a service that is not at its usual one. */
const addressVariables: Readonly<Record<string, readonly string[]>> = {
  openai: ['OPENAI_BASE_URL', 'OPENAI_API_BASE'],
  anthropic: ['ANTHROPIC_BASE_URL'],
  azure: ['AZURE_OPENAI_ENDPOINT', 'AZURE_API_BASE'],
  ollama: ['OLLAMA_HOST'],
}

/** Other names that are as customary as that of the kind. */
const keyVariables: Readonly<Record<string, readonly string[]>> = {
  google: ['GOOGLE_API_KEY'],
  azure: ['AZURE_API_KEY'],
}

/** A provider for each kind whose customary variable is set. Of the values only addresses are read. */
export function readEnvironment(variables: Readonly<Record<string, string | undefined>>): Reading {
  const isSet = (name: string): boolean => (variables[name] ?? '').trim() !== ''
  const read = nothing()
  for (const { kind, key } of listKinds()) {
    const names = [...(key.customaryVariable === null ? [] : [key.customaryVariable]), ...(keyVariables[kind] ?? [])]
    const named = names.find(isSet)
    const address = (addressVariables[kind] ?? []).find(isSet)
    // Ollama takes no key: that somebody says where it is makes it known.
    if (named === undefined && !(key.need !== 'required' && address !== undefined)) continue
    read.models.push({
      path: [],
      service: kind,
      baseUrl: address === undefined ? null : (variables[address] ?? null),
      key: named === undefined ? null : { path: [named], text: `\${${named}}` },
      ...accessOnly,
    })
  }
  return read
}

const accessOnly: Pick<FoundModel, 'model' | 'type' | 'parameters' | 'alias'> = {
  model: null,
  type: 'generation',
  parameters: {},
  alias: null,
}
