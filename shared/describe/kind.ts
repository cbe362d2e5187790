import type { ConfigField, KindInfo, ProviderView } from '../../protocol/providers.ts'
import { type Language, lookUp } from '../language.ts'

/** A kind with its titles and descriptions in another language; the server has them in English. Names and values stay. */
export function localizeKind(language: Language, kind: KindInfo): KindInfo {
  const word = (text: string) => lookUp(language, text)
  return {
    ...kind,
    label: word(kind.label),
    description: word(kind.description),
    fields: kind.fields.map((field) => fieldIn(word, field)),
    presets: kind.presets.map((preset) => ({
      ...preset,
      label: word(preset.label),
      description: word(preset.description),
    })),
  }
}

function fieldIn(word: (text: string) => string, field: ConfigField): ConfigField {
  return {
    ...field,
    title: word(field.title),
    description: word(field.description),
    ...(field.placeholder === undefined ? {} : { placeholder: word(field.placeholder) }),
  }
}

/** Labels of models are the provider's own, but for those of the product itself. */
export function localizeProvider<View extends Pick<ProviderView, 'kindLabel' | 'models'>>(
  language: Language,
  view: View,
): View {
  const models = view.models.models.map((info) =>
    info.label ? { ...info, label: lookUp(language, info.label) } : info,
  )
  return { ...view, kindLabel: lookUp(language, view.kindLabel), models: { ...view.models, models } }
}
