import type { ImportForm } from '../../protocol/imports.ts'
import { isRecord } from '../../protocol/names.ts'
import { looksLikeKey } from '../../shared/keys/keyShape.ts'
import { localizable } from '../../shared/message.ts'
import { readAssistant } from './assistantForms.ts'
import { elsewhere, keyAt, nothing, type Reading, serviceOfModel, textOf } from './services.ts'

type Fields = Record<string, unknown>

/** By what it holds; null: none of the known forms. */
export function formOf(value: unknown): ImportForm | null {
  if (Array.isArray(value)) return formOfList(value)
  if (!isRecord(value)) return null
  if (Array.isArray(value.model_list)) return 'litellm'
  if (isRecord(value.questions) && 'spec' in value) return 'question-pack'
  if (Array.isArray(value.columns) && Array.isArray(value.inputs)) return 'codebook'
  if (isRecord(value.apiConfigs) || (isRecord(value.providerProfiles) && isRecord(value.providerProfiles.apiConfigs)))
    return 'roo'
  if (['apiProvider', 'actModeApiProvider', 'planModeApiProvider'].some((name) => typeof value[name] === 'string'))
    return 'cline'
  const { models } = value
  if (Array.isArray(models) && models.some((each) => isRecord(each) && (textOf(each.provider) ?? textOf(each.uses))))
    return 'continue'
  return formOfNames(value)
}

function formOfList(list: readonly unknown[]): ImportForm | null {
  const records = list.filter(isRecord)
  if (records.length === 0 || records.length < list.length) return null
  if (records.every(({ vendor }) => textOf(vendor) !== null)) return 'vscode'
  return records.every((each) => textOf(each.model_id) !== null && textOf(each.model_name) !== null)
    ? 'llm-models'
    : null
}

/** `llm` has two flat files: names with keys, and names with models. */
function formOfNames(value: Fields): ImportForm | null {
  const pairs = Object.entries(value).filter(([name]) => !name.startsWith('//'))
  if (pairs.length === 0 || !pairs.every(([, each]) => typeof each === 'string')) return null
  const texts = pairs as [string, string][]
  if (texts.some(([, text]) => looksLikeKey(text))) return 'llm-keys'
  return texts.some(([, text]) => meantModel(text) !== null) ? 'llm-aliases' : null
}

/** Of the forms that tell of providers. */
export function readProviders(form: ImportForm, value: unknown): Reading {
  switch (form) {
    case 'continue':
      return readContinue(value as Fields)
    case 'litellm':
      return readLiteLlm(value as Fields)
    case 'roo':
    case 'cline':
      return readAssistant(value as Fields)
    case 'vscode':
      return readVsCode(value as Fields[])
    case 'llm-keys':
      return readLlmKeys(value as Record<string, string>)
    case 'llm-models':
      return readLlmModels(value as Fields[])
    case 'llm-aliases':
      return readLlmAliases(value as Record<string, string>)
    default:
      return nothing()
  }
}

function readContinue({ models = [] }: Fields): Reading {
  const read = nothing()
  for (const [index, each] of (models as unknown[]).entries()) {
    const path = ['models', index]
    if (!isRecord(each)) continue
    const [service, model] = [textOf(each.provider), textOf(each.model)]
    const name = textOf(each.name) ?? textOf(each.title) ?? model ?? `${index + 1}`
    if (service === null) {
      read.left.push({ path, name: textOf(each.uses) ?? name, sentence: localizable('it stands in a block elsewhere') })
      continue
    }
    const roles = Array.isArray(each.roles) ? each.roles : []
    if (roles.length > 0 && roles.every((role) => role === 'rerank')) {
      read.left.push({ path, name, sentence: localizable('models that only rank again have no place here') })
      continue
    }
    const env = isRecord(each.env) ? each.env : {}
    const apiVersion = textOf(env.apiVersion) ?? textOf(each.apiVersion)
    read.models.push({
      path,
      service,
      baseUrl: textOf(each.apiBase),
      ...(apiVersion === null ? {} : { extra: { api_version: apiVersion } }),
      key: keyAt([...path, 'apiKey'], each.apiKey),
      model: textOf(env.deployment) ?? (model === 'AUTODETECT' ? null : model),
      type: roles.length > 0 && roles.every((role) => role === 'embed') ? 'embedding' : 'generation',
      parameters: continueParameters(each),
      alias: name,
    })
  }
  return read
}

function continueParameters({ defaultCompletionOptions, completionOptions, contextLength }: Fields): Fields {
  const options = isRecord(defaultCompletionOptions) ? defaultCompletionOptions : completionOptions
  const { maxTokens, temperature, topP, topK, ...rest } = isRecord(options) ? options : {}
  return {
    context_window: rest.contextLength ?? contextLength,
    max_output_tokens: maxTokens,
    temperature,
    top_p: topP,
    top_k: topK,
  }
}

function readLiteLlm({ model_list: list, router_settings: router }: Fields): Reading {
  const read = nothing()
  const seen = new Set<string>()
  for (const [index, each] of (list as unknown[]).entries()) {
    const path = ['model_list', index]
    const said = isRecord(each) && isRecord(each.litellm_params) ? each.litellm_params : null
    const full = textOf(said?.model)
    if (!isRecord(each) || said === null || full === null) continue
    const name = textOf(each.model_name) ?? full
    const slash = full.indexOf('/')
    const service = textOf(said.custom_llm_provider) ?? (slash > 0 ? full.slice(0, slash) : serviceOfModel(full))
    if (service === null) {
      read.left.push({ path, name, sentence: localizable('it is unclear which service {0} is of', full) })
      continue
    }
    if (seen.has(name))
      read.left.push({ path, name, sentence: localizable('the name stands for several models: it means the first') })
    const info = isRecord(each.model_info) ? each.model_info : {}
    const model = full.startsWith(`${service}/`) ? full.slice(service.length + 1) : full
    const apiVersion = textOf(said.api_version)
    const inLists = [...path, 'litellm_params']
    read.models.push({
      path,
      service,
      baseUrl: textOf(said.api_base) ?? textOf(said.base_url),
      ...(apiVersion === null ? {} : { extra: { api_version: apiVersion } }),
      key: keyAt([...inLists, 'api_key'], said.api_key),
      model: model.includes('*') ? null : model,
      type: info.mode === 'embedding' ? 'embedding' : 'generation',
      parameters: {
        ...{ max_output_tokens: said.max_tokens, temperature: said.temperature, top_p: said.top_p },
        timeout_seconds: said.timeout,
      },
      alias: seen.has(name) || name.includes('*') ? null : name,
    })
    seen.add(name)
  }
  const groups = isRecord(router) && isRecord(router.model_group_alias) ? router.model_group_alias : {}
  for (const [alias, means] of Object.entries(groups)) {
    const text = textOf(means)
    if (text !== null) read.aliases.push({ path: ['router_settings', 'model_group_alias', alias], alias, means: text })
  }
  return read
}

/** A group is a vendor with its models; of what VS Code keeps itself only a reference stands here. */
function readVsCode(groups: readonly Fields[]): Reading {
  const read = nothing()
  for (const [index, group] of groups.entries()) {
    const service = textOf(group.vendor) ?? ''
    const key = keyAt([index, 'apiKey'], group.apiKey)
    const base = textOf(group.url) ?? textOf(group.baseUrl)
    const models = Array.isArray(group.models) ? group.models.filter(isRecord) : []
    const access = { service, key, type: 'generation' as const, alias: null }
    if (models.length === 0) {
      read.models.push({ ...access, path: [index], baseUrl: base, model: null, parameters: {} })
      continue
    }
    for (const [place, each] of models.entries()) {
      const wire = wireOf(textOf(each.apiType) ?? textOf(group.apiType))
      read.models.push({
        ...access,
        path: [index, 'models', place],
        baseUrl: textOf(each.url) ?? base,
        ...(wire === null ? {} : { extra: { wire } }),
        model: textOf(each.id),
        parameters: { context_window: each.maxInputTokens, max_output_tokens: each.maxOutputTokens },
        alias: textOf(each.name),
      })
    }
  }
  return read
}

function wireOf(apiType: string | null): string | null {
  return apiType === 'messages' || apiType === 'responses' ? apiType : null
}

function readLlmKeys(keys: Record<string, string>): Reading {
  const read = nothing()
  for (const [name, text] of Object.entries(keys)) {
    if (name.startsWith('//')) continue
    const access = { baseUrl: null, model: null, type: 'generation' as const, parameters: {}, alias: null }
    read.models.push({ ...access, path: [name], service: name, key: keyAt([name], text) })
  }
  return read
}

function readLlmModels(list: readonly Fields[]): Reading {
  const read = nothing()
  for (const [index, each] of list.entries()) {
    // Its key has a name in another file, which only `llm` knows.
    const key = textOf(each.api_key_name) === null ? null : { path: [index], text: elsewhere }
    read.models.push({
      ...{ path: [index], service: 'openai', baseUrl: textOf(each.api_base), key },
      ...{ model: textOf(each.model_name), type: 'generation', parameters: {}, alias: textOf(each.model_id) },
    })
  }
  return read
}

function readLlmAliases(aliases: Record<string, string>): Reading {
  const read = nothing()
  for (const [alias, text] of Object.entries(aliases)) {
    const meant = meantModel(text)
    const access = { path: [alias], baseUrl: null, key: null, type: 'generation' as const, parameters: {}, alias }
    if (meant) read.models.push({ ...access, ...meant })
    else read.aliases.push({ path: [alias], alias, means: text })
  }
  return read
}

/** `llm` puts the service before a model where its own plug-in does not say it. */
function meantModel(text: string): { service: string; model: string } | null {
  const [, service, model] = /^(anthropic|gemini|groq|mistral|openrouter|deepseek|cohere)\/(\S+)$/.exec(text) ?? []
  if (service !== undefined && model !== undefined) return { service, model }
  const own = serviceOfModel(text)
  return own === null || /\s/.test(text) ? null : { service: own, model: text }
}
