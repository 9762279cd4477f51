# /projects
projects-help = The projects you are in, newest first
projects-none = You are in no project yet. A project shares its API keys and its members.
projects-mine = Your projects
projects-public = Public projects
projects-public-help = Projects that anybody may see, newest first
projects-public-none = There are no public projects.
project-title = Project { $project }
project-name = Project name
project-name-help = 1 to 100 characters.
project-visibility = Visibility
project-public = Public
project-public-help = Anybody may see that it exists; only members see inside.
project-private = Private
project-private-help = Only members know that it exists.
project-role = Role
project-since = Since
project-new = New project
project-make = Make project
project-settings = Project settings
project-settings-title = Settings of { $project }
project-general = Name and visibility

project-members = Members
project-members-help = Everybody in this project
project-person = Person
project-member-since = Member since
project-add-title = Add a member
project-add = Add member
project-role-owner = owner
project-role-owner-help = manages the project, its members and its keys
project-role-editor = editor
project-role-editor-help = manages its keys
project-role-viewer = viewer
project-role-viewer-help = looks at it
project-role-title = Role of { $name } in { $project }
project-remove = Remove
project-remove-title = Remove { $name } from { $project }?
project-remove-explained = The keys that they made for this project stop working at once, for good.
project-remove-button = Remove { $name }
project-leave = Leave
project-leave-title = Leave { $project }?
project-leave-explained = The keys that you made for this project stop working at once, for good. Somebody who manages it would have to add you again.
project-leave-button = Leave { $project }

project-keys-explained = A key of a project works in this project only. If that is all you need, it is safer than a key of your account.
project-keys-none = This project has no API keys yet. With one, a script can use the project:
project-keys-help = Keys of this project, newest first

project-delete = Delete project
project-delete-title = Delete { $project }?
project-delete-explained = The project, its list of members and its API keys are deleted. The keys stop working at once. This cannot be undone.
project-delete-type = Type the project’s name, { $project }, to go on
project-delete-button = Delete { $project }

project-done-made = The project was made.
project-done-changed = The project was changed.
project-done-added = The member was added.
project-done-role = The role was changed.
project-done-removed = The member was removed.
project-done-left = You left the project.
project-done-deleted = The project was deleted.

project-fault-name = A name has 1 to 100 characters, none of them invisible.
project-fault-person = Nobody here has this user name or e-mail address.
project-fault-last-owner = A project keeps at least one owner: make somebody else an owner first.
project-denied = Your role in this project does not allow this.
project-fault-typed = This is not the project’s name.
