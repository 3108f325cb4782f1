package managed

import "strings"

// The parameters that several templates share.
var (
	pathToHandler = parameter{key: "pathToHandler", optional: true, example: "/home/device/.aws-iot-device-client/jobs", regex: anyText,
		description: "The directory of the handler script on the device. Without it the job agent looks where it is configured to."}
	runAsUser = parameter{key: "runAsUser", optional: true, example: "deviceuser", regex: anyText,
		description: "The user of the device as whom the handler runs. Without it that is the user of the job agent."}
)

// anyText is the pattern of a value that may be anything but empty.
const anyText = `(?s).+`

// handler is a template whose document runs a script of the device with some arguments.
func handler(name, action, script, description string, arguments ...parameter) Template {
	var list []string
	for _, a := range arguments {
		list = append(list, `"${aws:iot:parameter:`+a.key+`}"`)
	}
	args := ""
	if list != nil {
		args = `"args":[` + strings.Join(list, ",") + `],`
	}
	return Template{name: name, description: description, parameters: append(arguments, pathToHandler, runAsUser),
		document: `{"version":"1.0","steps":[{"action":{"name":"` + action + `","type":"runHandler","input":{"handler":"` + script + `",` + args +
			`"path":"${aws:iot:parameter:pathToHandler}"},"runAsUser":"${aws:iot:parameter:runAsUser}"}}]}`}
}

// services is the parameter that names what start, stop and restart act on.
var services = parameter{key: "services", example: "nginx,sshd", regex: anyText, description: "The names of the services, separated by commas."}

// packages is the parameter that names what is installed and removed.
var packages = parameter{key: "packages", example: "nginx,python3", regex: anyText, description: "The names of the packages, separated by commas."}

// templates are those that AWS offers, by name.
var templates = []Template{
	handler("AWS-Download-File", "Download-File", "download-file.sh", "Lets a device download a file.",
		parameter{key: "downloadUrl", example: "https://example.com/firmware.bin", regex: `(?s).+`,
			description: "The URL of the file: any that the device can reach, or a placeholder for a presigned one."},
		parameter{key: "filePath", example: "/home/device/firmware.bin", regex: anyText, description: "Where the device keeps the file."}),
	handler("AWS-Install-Application", "Install-Application", "install-packages.sh", "Lets a device install applications.", packages),
	handler("AWS-Reboot", "Reboot", "reboot.sh", "Lets a device reboot."),
	handler("AWS-Remove-Application", "Remove-Application", "remove-packages.sh", "Lets a device remove applications.", packages),
	handler("AWS-Restart-Application", "Restart-Application", "restart-services.sh", "Lets a device restart applications.", services),
	{
		name: "AWS-Run-Command", description: "Lets a device run a shell command.",
		parameters: []parameter{
			{key: "command", example: "systemctl,status,sshd", regex: anyText, description: "The command and its arguments, separated by commas."},
			runAsUser,
		},
		document: `{"version":"1.0","steps":[{"action":{"name":"Run-Command","type":"runCommand","input":{"command":"${aws:iot:parameter:command}"},` +
			`"runAsUser":"${aws:iot:parameter:runAsUser}"}}]}`,
	},
	handler("AWS-Start-Application", "Start-Application", "start-services.sh", "Lets a device start applications.", services),
	handler("AWS-Stop-Application", "Stop-Application", "stop-services.sh", "Lets a device stop applications.", services),
}
