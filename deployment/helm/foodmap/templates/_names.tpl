{{/* The labels of every object. Use: include "foodmap.labels" (dict "root" $ "part" "orders") */}}
{{- define "foodmap.selector" -}}
app.kubernetes.io/name: foodmap
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "foodmap.labels" -}}
{{ include "foodmap.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/part-of: foodmap
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "foodmap.metadata" -}}
name: {{ .root.Release.Name }}-{{ .name | default .part }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "foodmap.labels" . | nindent 2 }}
{{- end }}

{{- define "foodmap.image" -}}
{{- $image := index .root.Values.images .program -}}
{{ $image.repository }}{{ if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}
