package jobs

import (
	"context"
	"regexp"
	"strings"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
)

// managed is a template that every account has. What its document asks for is done by the job agent of the device.
// (aws: iot/job-templates-managed)
type managed struct {
	name, description string
	parameters        []documentParameter
	document          string
}

// documentParameter is a place in the document of a managed template that the maker of a job fills.
type documentParameter struct {
	key, description, regex, example string
	optional                         bool
}

const (
	managedVersion     = "1.0"
	managedEnvironment = "LINUX"
)

// The parameters that several templates share.
var (
	pathToHandler = documentParameter{key: "pathToHandler", optional: true, example: "/home/device/.aws-iot-device-client/jobs", regex: anyText,
		description: "The directory of the handler script on the device. Without it the job agent looks where it is configured to."}
	runAsUser = documentParameter{key: "runAsUser", optional: true, example: "deviceuser", regex: anyText,
		description: "The user of the device as whom the handler runs. Without it that is the user of the job agent."}
)

// anyText is the pattern of a value that may be anything but empty.
const anyText = `(?s).+`

// handler is a template whose document runs a script of the device with some arguments.
func handler(name, action, script, description string, arguments ...documentParameter) managed {
	var list []string
	for _, a := range arguments {
		list = append(list, `"${aws:iot:parameter:`+a.key+`}"`)
	}
	args := ""
	if list != nil {
		args = `"args":[` + strings.Join(list, ",") + `],`
	}
	return managed{name: name, description: description, parameters: append(arguments, pathToHandler, runAsUser),
		document: `{"version":"1.0","steps":[{"action":{"name":"` + action + `","type":"runHandler","input":{"handler":"` + script + `",` + args +
			`"path":"${aws:iot:parameter:pathToHandler}"},"runAsUser":"${aws:iot:parameter:runAsUser}"}}]}`}
}

// services is the parameter that names what start, stop and restart act on.
var services = documentParameter{key: "services", example: "nginx,sshd", regex: anyText, description: "The names of the services, separated by commas."}

// packages is the parameter that names what is installed and removed.
var packages = documentParameter{key: "packages", example: "nginx,python3", regex: anyText, description: "The names of the packages, separated by commas."}

// managedTemplates are those that AWS offers, by name.
var managedTemplates = []managed{
	handler("AWS-Download-File", "Download-File", "download-file.sh", "Lets a device download a file.",
		documentParameter{key: "downloadUrl", example: "https://example.com/firmware.bin", regex: `(?s).+`,
			description: "The URL of the file: any that the device can reach, or a placeholder for a presigned one."},
		documentParameter{key: "filePath", example: "/home/device/firmware.bin", regex: anyText, description: "Where the device keeps the file."}),
	handler("AWS-Install-Application", "Install-Application", "install-packages.sh", "Lets a device install applications.", packages),
	handler("AWS-Reboot", "Reboot", "reboot.sh", "Lets a device reboot."),
	handler("AWS-Remove-Application", "Remove-Application", "remove-packages.sh", "Lets a device remove applications.", packages),
	handler("AWS-Restart-Application", "Restart-Application", "restart-services.sh", "Lets a device restart applications.", services),
	{
		name: "AWS-Run-Command", description: "Lets a device run a shell command.",
		parameters: []documentParameter{
			{key: "command", example: "systemctl,status,sshd", regex: anyText, description: "The command and its arguments, separated by commas."},
			runAsUser,
		},
		document: `{"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand","input":{"command":"${aws:iot:parameter:command}"},` +
			`"runAsUser":"${aws:iot:parameter:runAsUser}"}}]}`,
	},
	handler("AWS-Start-Application", "Start-Application", "start-services.sh", "Lets a device start applications.", services),
	handler("AWS-Stop-Application", "Stop-Application", "stop-services.sh", "Lets a device stop applications.", services),
}

// findManaged finds a managed template by its name, with its version or without.
func findManaged(s caller.Scope, name string) (*managed, error) {
	base, version, versioned := strings.Cut(name, ":")
	for i := range managedTemplates {
		if m := &managedTemplates[i]; m.name == base && (!versioned || version == managedVersion) {
			return m, nil
		}
	}
	return nil, missing(s, "managed job template", name)
}

// arn is the ARN of the template in a region; it belongs to no account.
func (m *managed) arn(region string) string {
	return "arn:aws:iot:" + region + "::" + templateKind + "/" + m.name + ":" + managedVersion
}

func (m *managed) parameter(key string) *documentParameter {
	for i := range m.parameters {
		if m.parameters[i].key == key {
			return &m.parameters[i]
		}
	}
	return nil
}

func (m *managed) parameterNames() string {
	var names []string
	for _, p := range m.parameters {
		names = append(names, p.key)
	}
	return strings.Join(names, ", ")
}

// matches reports whether a value is allowed.
func (p *documentParameter) matches(value string) bool {
	ok, err := regexp.MatchString(`^(?:`+p.regex+`)$`, value)
	return ok && err == nil
}

// DescribeManagedJobTemplate tells all about a template that AWS manages. (aws: iot/API_DescribeManagedJobTemplate)
func (s *Jobs) DescribeManagedJobTemplate(ctx context.Context, in *iot.DescribeManagedJobTemplateInput) (*iot.DescribeManagedJobTemplateOutput, error) {
	const op = "DescribeManagedJobTemplate"
	scope := caller.From(ctx).Scope
	name := in.TemplateName
	if in.TemplateVersion != "" {
		name += ":" + in.TemplateVersion
	}
	m, err := findManaged(scope, name)
	if err != nil {
		return outcome[iot.DescribeManagedJobTemplateOutput](op, nil, err)
	}
	out := &iot.DescribeManagedJobTemplateOutput{TemplateName: m.name, TemplateArn: m.arn(scope.Region), Description: m.description,
		TemplateVersion: managedVersion, Environments: []string{managedEnvironment}, Document: m.document}
	for _, p := range m.parameters {
		out.DocumentParameters = append(out.DocumentParameters, iot.DocumentParameter{Key: p.key, Description: p.description, Regex: p.regex, Example: p.example, Optional: &p.optional})
	}
	return out, nil
}

// ListManagedJobTemplates lists the templates that AWS manages by name, all or the one that is named.
// (aws: iot/API_ListManagedJobTemplates)
func (s *Jobs) ListManagedJobTemplates(ctx context.Context, in *iot.ListManagedJobTemplatesInput) (*iot.ListManagedJobTemplatesOutput, error) {
	const op = "ListManagedJobTemplates"
	scope := caller.From(ctx).Scope
	var list []iot.ManagedJobTemplateSummary
	for i := range managedTemplates {
		if m := &managedTemplates[i]; in.TemplateName == "" || in.TemplateName == m.name {
			list = append(list, iot.ManagedJobTemplateSummary{TemplateArn: m.arn(scope.Region), TemplateName: m.name, Description: m.description,
				Environments: []string{managedEnvironment}, TemplateVersion: managedVersion})
		}
	}
	out := &iot.ListManagedJobTemplatesOutput{}
	var err error
	out.ManagedJobTemplates, out.NextToken, err = listPage(pages{op, in.NextToken, in.MaxResults}, list, func(m iot.ManagedJobTemplateSummary) string { return m.TemplateName })
	return outcome(op, out, err)
}
