{{- define "eyrie.name" -}}
{{- if eq .Release.Name "eyrie" }}eyrie{{ else }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}-eyrie{{ end }}
{{- end }}

{{- define "eyrie.selector" -}}
app.kubernetes.io/name: eyrie
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "eyrie.labels" -}}
{{ include "eyrie.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}

{{- define "eyrie.secret" -}}
{{ .Values.credentials.existingSecret | default (printf "%s-credentials" (include "eyrie.name" .)) }}
{{- end }}

{{- /* One variable of the environment from the credentials: (dict "root" $ "name" "key"). */}}
{{- define "eyrie.credential" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef:
      name: {{ include "eyrie.secret" .root }}
      key: {{ .key }}
      optional: true
{{- end }}

{{- /* What a probe asks: (dict "root" $ "path" "/readyz"). */}}
{{- define "eyrie.probe" -}}
{{- if .root.Values.http.enabled -}}
httpGet: {path: {{ .path }}, port: http}
{{- else -}}
tcpSocket: {port: nodes}
{{- end }}
{{- end }}
