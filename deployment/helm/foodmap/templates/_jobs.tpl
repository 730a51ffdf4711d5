{{/* One run of tilegen. Use: include "foodmap.step" (dict "root" $ "step" "density" "resources" … "args" (list …)) */}}
{{- define "foodmap.step" -}}
- name: {{ .step }}
  {{- include "foodmap.container" (dict "root" .root "program" "tilegen" "secretName" .secretName) | nindent 2 }}
  args:
    {{- range .args }}
    - {{ . | quote }}
    {{- end }}
  env:
    - name: FOODMAP_STORE
      value: {{ .root.Values.store.url | quote }}
    - name: TMPDIR
      value: /work
    {{- include "foodmap.storeEnv" .root | trim | nindent 4 }}
  resources:
    {{- toYaml .resources | nindent 4 }}
  volumeMounts:
    - name: work
      mountPath: /work
    {{- if .root.Values.tilegenConfig }}
    - name: config
      mountPath: /etc/foodmap
      readOnly: true
    {{- end }}
{{- end }}

{{/* "yes" if tilegenConfig has a source of this name with at least one key, otherwise nothing. */}}
{{- define "foodmap.source" -}}
{{- $header := printf "(?m)^\\[{1,2}fetch\\.%s\\]{1,2}[^\\n]*\\n(\\s*(#[^\\n]*)?\\n)*\\s*[a-z]" .name -}}
{{- if regexMatch $header .root.Values.tilegenConfig }}yes{{ end -}}
{{- end }}

{{/* The section [run] of tilegenConfig, if it has sources and none of its own: the arguments of the values. */}}
{{- define "foodmap.runArgs" -}}
{{- $sources := print (include "foodmap.source" (dict "root" . "name" "orders")) (include "foodmap.source" (dict "root" . "name" "vendors")) -}}
{{- if and $sources (not (regexMatch "(?m)^\\[run\\]" .Values.tilegenConfig)) -}}
{{- $args := include "foodmap.orderArgs" . | fromJson -}}
[run]
density = {{ concat $args.density .Values.jobs.orders.densityArgs | toJson }}
area_stats = {{ concat $args.areaStats .Values.jobs.orders.areaStatsArgs | toJson }}
snapshot = {{ .Values.jobs.snapshot.extraArgs | toJson }}
{{- end -}}
{{- end }}

{{/* What the values ask of the builds of orders, as JSON lists. */}}
{{- define "foodmap.orderArgs" -}}
{{- $orders := .Values.jobs.orders -}}
{{- $day := list -}}
{{- with $orders.asOf }}{{ $day = list "--as-of" . }}{{ end -}}
{{- $density := list -}}
{{- range $orders.windows }}{{ $density = concat $density (list "--window" .) }}{{ end -}}
{{- $density = concat $density $day -}}
{{- with $orders.publicStep }}{{ $density = concat $density (list "--public-step" (toString (int64 .))) }}{{ end -}}
{{- with $orders.minUsers }}{{ $density = concat $density (list "--min-users" (toString (int64 .))) }}{{ end -}}
{{- dict "density" $density "areaStats" $day | toJson -}}
{{- end }}

{{/* The steps that copy small input files into the pod: delivered ones from store.inputs, others from their source. */}}
{{- define "foodmap.fileSteps" -}}
{{- $steps := list -}}
{{- if include "foodmap.fileNames" . | fromJsonArray }}{{ $steps = list "fetch" }}{{ end -}}
{{- $names := ternary (list "areas" "targets" "grades") (list "areas") (default false .withTargets) -}}
{{- range $names -}}
{{- if include "foodmap.source" (dict "root" $.root "name" .) }}{{ $steps = append $steps (printf "fetch-%s" .) }}{{ end -}}
{{- end -}}
{{- $steps | toJson -}}
{{- end }}

{{/* The small input files that are delivered, because they have no source. */}}
{{- define "foodmap.fileNames" -}}
{{- $names := list -}}
{{- if not (include "foodmap.source" (dict "root" .root "name" "areas")) }}{{ $names = list "areas" "regions" "neighbourhoods" }}{{ end -}}
{{- if .withTargets -}}
{{- if not (include "foodmap.source" (dict "root" .root "name" "targets")) }}{{ $names = append $names "targets" }}{{ end -}}
{{- if not (include "foodmap.source" (dict "root" .root "name" "grades")) }}{{ $names = concat $names .root.Values.jobs.snapshot.grades }}{{ end -}}
{{- end -}}
{{- $names | toJson -}}
{{- end }}

{{/* Arguments of the steps, as JSON lists: first the input files, then the builds. */}}
{{- define "foodmap.fetchArgs" -}}
{{- concat (list "fetch" "--from" .root.Values.store.inputs "--into" "/work") (include "foodmap.fileNames" . | fromJsonArray) | toJson -}}
{{- end }}

{{- define "foodmap.configArgs" -}}
{{- ternary (list "--config" "/etc/foodmap/tilegen.toml") list (ne .Values.tilegenConfig "") | toJson -}}
{{- end }}

{{- define "foodmap.areaArgs" -}}
{{- list "--areas" "/work/areas" "--regions" "/work/regions" "--neighbourhoods" "/work/neighbourhoods" | toJson -}}
{{- end }}

{{- define "foodmap.steps" -}}
{{- $jobs := .root.Values.jobs -}}
{{- $inputs := .root.Values.store.inputs -}}
{{- $areas := include "foodmap.areaArgs" .root | fromJsonArray -}}
{{- $config := include "foodmap.configArgs" .root | fromJsonArray -}}
{{- $orders := list "--orders" (printf "%s/orders" $inputs) "--memory" $jobs.orders.memory "--temporary" "/work" -}}
{{- $requested := ternary (list "--if-requested") list (default false .requested) -}}
{{- $asked := include "foodmap.orderArgs" .root | fromJson -}}
{{- $args := dict -}}
{{- $_ := set $args "fetch" (include "foodmap.fetchArgs" . | fromJsonArray) -}}
{{- $_ := set $args "areas" (concat (list "areas" "--lease" "2m" "--every" "1d") $areas $config $requested $jobs.areas.extraArgs) -}}
{{- range list "areas" "targets" "grades" -}}
{{- $_ := set $args (printf "fetch-%s" .) (concat (list "fetch" . "--into" "/work") $config) -}}
{{- end -}}
{{- $_ := set $args "density" (concat (list "density" "--lease" "2m" "--every" "1d") $orders $asked.density $config $requested $jobs.orders.densityArgs) -}}
{{- $_ := set $args "area-stats" (concat (list "area-stats" "--lease" "2m" "--every" "1d") $orders $areas $asked.areaStats $config $requested $jobs.orders.areaStatsArgs) -}}
{{- $vendors := list "--vendors" (printf "%s/%s" $inputs $jobs.snapshot.vendors) "--targets" "/work/targets" -}}
{{- range $jobs.snapshot.grades }}{{ $vendors = concat $vendors (list "--grades" (printf "/work/%s" .)) }}{{ end -}}
{{- $_ := set $args "snapshot" (concat (list "snapshot" "--lease" "2m" "--every" "10m") $vendors $areas $config $jobs.snapshot.extraArgs) -}}
{{- $run := concat (list "--inputs" $inputs "--files" "/work" "--lease" "2m" "--keep" $jobs.retire.keep "--temporary" "/work") $config -}}
{{- $_ := set $args "run-orders" (concat (list "run" "orders" "--every" "1d" "--memory" $jobs.orders.memory) (ternary list (list "--until" $jobs.run.until) (default false .first)) $run) -}}
{{- $_ := set $args "run-snapshot" (concat (list "run" "snapshot" "--every" "10m" "--vendors" $jobs.snapshot.vendors) $run) -}}
{{- $_ := set $args "retire" (list "catalog" "retire" "--keep" $jobs.retire.keep) -}}
{{- $minUsers := list -}}
{{- with $jobs.orders.minUsers }}{{ $minUsers = list "--min-users" (toString (int64 .)) }}{{ end -}}
{{- $_ := set $args "privacy-audit" (concat (list "privacy-audit") $minUsers) -}}
{{- with $jobs.backup -}}
{{- $_ := set $args "copy" (list "catalog" "copy" "--to" .to "--last" (toString (int64 .last))) -}}
{{- $_ := set $args "retire-copy" (list "catalog" "retire" "--store" .to "--keep" .keep) -}}
{{- $_ := set $args "restore" (list "catalog" "copy" "--store" .to "--to" "/work/restored" "--last" "1") -}}
{{- end -}}
{{- $_ := set $args "ops" (list "status") -}}
{{- $last := last .steps -}}
{{- if gt (len .steps) 1 }}
initContainers:
  {{- range initial .steps }}
  {{- include "foodmap.step" (dict "root" $.root "step" . "resources" $.resources "secretName" $.secretName "args" (index $args .)) | nindent 2 }}
  {{- end }}
{{- end }}
containers:
  {{- include "foodmap.step" (dict "root" .root "step" $last "resources" .resources "secretName" .secretName "args" (index $args $last)) | nindent 2 }}
{{- end }}

{{/* A job that runs its steps in order. The first failure ends it, and the previous map stays. */}}
{{- define "foodmap.jobSpec" -}}
activeDeadlineSeconds: {{ .deadlineSeconds }}
backoffLimit: 3
ttlSecondsAfterFinished: {{ .root.Values.jobs.ttlSeconds }}
podFailurePolicy:
  rules:
    # Another run holds the lease (`--lease`), or the node goes away. Neither is a failure of this run.
    - action: Ignore
      onExitCodes:
        operator: In
        values: [75]
    # A guard stopped the build, or the privacy audit found something: the same data would give the same result.
    - action: FailJob
      onExitCodes:
        operator: In
        values: [3, 6]
    - action: Ignore
      onPodConditions:
        - type: DisruptionTarget
          status: "True"
template:
  metadata:
    labels:
      {{- include "foodmap.labels" . | nindent 6 }}
  spec:
    serviceAccountName: {{ .root.Release.Name }}-{{ .account | default "builder" }}
    restartPolicy: Never
    {{- include "foodmap.nodes" .root.Values.jobs | nindent 4 }}
    {{- include "foodmap.pod" . | nindent 4 }}
    {{- include "foodmap.steps" . | trim | nindent 4 }}
    volumes:
      - name: work
        emptyDir:
          sizeLimit: {{ .root.Values.jobs.workSize }}
      {{- if .root.Values.tilegenConfig }}
      - name: config
        configMap:
          name: {{ .root.Release.Name }}-tilegen
      {{- end }}
{{- end }}

{{- define "foodmap.cronJob" -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  {{- include "foodmap.metadata" . | nindent 2 }}
spec:
  schedule: {{ .job.schedule | quote }}
  timeZone: {{ .root.Values.jobs.timeZone }}
  suspend: {{ or .root.Values.jobs.suspend (default false .suspend) }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: {{ .startingDeadlineSeconds }}
  successfulJobsHistoryLimit: 3
  failedJobsHistoryLimit: 3
  jobTemplate:
    metadata:
      labels:
        {{- include "foodmap.labels" . | nindent 8 }}
    spec:
      {{- include "foodmap.jobSpec" (merge (dict "deadlineSeconds" .job.deadlineSeconds "resources" .job.resources) .) | nindent 6 }}
{{- end }}
