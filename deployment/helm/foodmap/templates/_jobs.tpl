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

{{/* Arguments of the steps, as JSON lists: first the input files, then the builds. */}}
{{- define "foodmap.fetchArgs" -}}
{{- $names := list "areas" "regions" "neighbourhoods" -}}
{{- if .withTargets }}{{ $names = concat $names (list "targets") .root.Values.jobs.snapshot.grades }}{{ end -}}
{{- concat (list "fetch" "--from" .root.Values.store.inputs "--into" "/work") $names | toJson -}}
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
{{- $day := list -}}
{{- with $jobs.orders.asOf }}{{ $day = list "--as-of" . }}{{ end -}}
{{- $public := list -}}
{{- with $jobs.orders.publicStep }}{{ $public = concat $public (list "--public-step" (toString (int64 .))) }}{{ end -}}
{{- with $jobs.orders.minUsers }}{{ $public = concat $public (list "--min-users" (toString (int64 .))) }}{{ end -}}
{{- $args := dict -}}
{{- $_ := set $args "fetch" (include "foodmap.fetchArgs" . | fromJsonArray) -}}
{{- $_ := set $args "areas" (concat (list "areas" "--lease" "2m" "--every" "1d") $areas $config $requested $jobs.areas.extraArgs) -}}
{{- $windows := list -}}
{{- range $jobs.orders.windows }}{{ $windows = concat $windows (list "--window" .) }}{{ end -}}
{{- $_ := set $args "density" (concat (list "density" "--lease" "2m" "--every" "1d") $orders $windows $day $public $config $requested $jobs.orders.densityArgs) -}}
{{- $_ := set $args "area-stats" (concat (list "area-stats" "--lease" "2m" "--every" "1d") $orders $areas $day $config $requested $jobs.orders.areaStatsArgs) -}}
{{- $vendors := list "--vendors" (printf "%s/%s" $inputs $jobs.snapshot.vendors) "--targets" "/work/targets" -}}
{{- range $jobs.snapshot.grades }}{{ $vendors = concat $vendors (list "--grades" (printf "/work/%s" .)) }}{{ end -}}
{{- $_ := set $args "snapshot" (concat (list "snapshot" "--lease" "2m" "--every" "10m") $vendors $areas $config $jobs.snapshot.extraArgs) -}}
{{- $run := concat (list "--inputs" $inputs "--files" "/work" "--lease" "2m" "--keep" $jobs.retire.keep "--temporary" "/work") $config -}}
{{- $_ := set $args "run-orders" (concat (list "run" "orders" "--every" "1d" "--memory" $jobs.orders.memory "--until" $jobs.run.until) $run) -}}
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
